"""Pages of a shop that send hits in every way a browser has, and scripts that stand in for Google's."""

from __future__ import annotations

from tests.server.process.tls_front import Site

HTML = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title><script src="/page.js"></script>
<h1>Shop</h1><ol id="log"></ol></html>"""
JAVASCRIPT = """
const send = {
  image: url => new Promise(done => {
    const image = new Image();
    image.onload = () => done(`${image.naturalWidth}x${image.naturalHeight}`);
    image.onerror = () => done("error");
    image.src = url;
  }),
  fetch: (url, headers) => fetch(url, {method: "POST", credentials: "include", keepalive: true, headers})
    .then(async reply => `${reply.status}${await reply.text()}`, error => error.name),
  xhr: url => new Promise(done => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.withCredentials = true;
    request.onload = () => done(`${request.status}${request.responseText}`);
    request.onerror = () => done("error");
    request.send();
  }),
  beacon: async url => navigator.sendBeacon(url) ? "queued" : "refused",
};

async function sendBy(transport, url, headers) {
  const outcome = await send[transport](url, headers);
  document.getElementById("log").append(Object.assign(document.createElement("li"), {textContent: `${transport}: ${outcome}`}));
  return outcome;
}

const load = url => new Promise(done => {
  const script = Object.assign(document.createElement("script"), {src: url, onload: () => done(window.host)});
  script.onerror = () => done("error");
  document.head.append(script);
});

const embed = url => new Promise(done => {
  addEventListener("message", event => done(event.data), {once: true});
  document.body.append(Object.assign(document.createElement("iframe"), {src: url}));
});

const sendByWorker = url => new Promise(done => {
  const {port1, port2} = new MessageChannel();
  port1.onmessage = event => done(event.data);
  document.querySelector("iframe").contentWindow.postMessage(url, "*", [port2]);
});
"""
FRAME = """<!doctype html><title>Frame</title><p>The frame</p><script>
navigator.serviceWorker.register("sw.js" + location.search, {scope: "sw_iframe.html"})
  .then(() => navigator.serviceWorker.ready)
  .then(() => parent.postMessage("ready", "*"), error => parent.postMessage(String(error), "*"));
addEventListener("message", async event =>
  (await navigator.serviceWorker.ready).active.postMessage(event.data, [...event.ports]));
</script>"""
WORKER = """
addEventListener("message", event => event.waitUntil(
  fetch(event.data, {method: "POST", credentials: "include"}).then(
    reply => event.ports[0].postMessage(`${reply.status}`), error => event.ports[0].postMessage(error.name))));
"""
GTAG = """
window.host = "www.googletagmanager.com";
(window.scripts = window.scripts || []).push(new URL(document.currentScript.src));

// What a script of 2026 does on a page: in preview nothing before Tag Assistant's part is there, then the scripts of other
// ids, reports about itself in three forms, and its hits.
window.start = async (other, hit) => {
  const base = "https://" + window.host, id = new URLSearchParams(window.scripts[0].search).get("id");
  if (new URLSearchParams(location.search).has("gtm_debug"))
    await load(base + "/debug/bootstrap?id=" + id + "&src=GTAG&cond=2&gtm=45je64h1v8za204");
  await load(base + "/gtag/js?id=" + other + "&cx=c&gtm=45je64h1v8za204");
  const report = "id=" + id + "&v=3&t=l&pid=1764340309&dl=shop.example.test%2F";
  const told = [await send.image(base + "/a?" + report), await send.beacon(base + "/a?" + report),
    await load(base + "/gtag/js?" + report + "&is_td=1") !== "error"];
  return {told, status: await send.fetch(hit), debugging: window.debugging || null, scripts: window.scripts.map(String)};
};
"""
BOOTSTRAP = "window.debugging = document.currentScript.src;"
FRAME_OF_2026 = """<!doctype html><title>Frame</title><script>
const query = new URLSearchParams(location.search);
navigator.serviceWorker.register("sw.js" + location.search, {scope: (query.get("path") || "") + "/_/service_worker"})
  .then(registered => parent.postMessage(registered.scope, "*"), error => parent.postMessage(String(error), "*"));
</script>"""


def fill(site: Site) -> None:
    site.put("/", "text/html", HTML)
    site.put("/page.js", "text/javascript", JAVASCRIPT)
    site.put("/favicon.ico", "image/svg+xml", '<svg xmlns="http://www.w3.org/2000/svg"/>')
    site.put("/gtag/js", "text/javascript", GTAG)
    site.put("/debug/bootstrap", "text/javascript", BOOTSTRAP)
    site.put("/static/service_worker/6480/sw_iframe.html", "text/html", FRAME_OF_2026)
    site.put("/static/service_worker/6480/sw.js", "text/javascript", WORKER)
    site.put("/static/service_worker/5c1/sw_iframe.html", "text/html", FRAME)
    site.put("/static/service_worker/5c1/sw.js", "text/javascript", WORKER)
