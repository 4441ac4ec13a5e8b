// The search runs in a Worker, and a page that was opened as a file may start none: there it runs in a hidden frame.
// MkDocs' offline plugin loads a script of that kind from a host elsewhere, unless one has this name.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    #frame = document.createElement("iframe")
    #ready

    constructor(url) {
      super()
      this.#ready = new Promise((resolve, reject) => {
        this.#frame.addEventListener("load", () => {
          const inside = this.#frame.contentWindow
          inside.postMessage = data => this.dispatchEvent(new MessageEvent("message", { data }))
          const script = inside.document.createElement("script")
          script.addEventListener("load", () => resolve(inside))
          script.addEventListener("error", reject)
          script.src = url
          inside.document.head.append(script)
        }, { once: true })
      })
      this.#frame.hidden = true
      this.#frame.srcdoc = "<!doctype html><title>Search</title>"
      document.documentElement.append(this.#frame)
    }

    async postMessage(data) {
      const inside = await this.#ready
      inside.dispatchEvent(new inside.MessageEvent("message", { data }))
    }

    terminate() {
      this.#frame.remove()
    }
  }
}
