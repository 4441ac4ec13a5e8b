// Notes where Tab leads to, and what changes in the look of each control while the keyboard is at it.

window.walk = (() => {
  const CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
  const LOOKS = ["outlineStyle", "outlineWidth", "outlineColor", "boxShadow", "borderColor", "backgroundColor"];
  const reached = new Map(); // control: how it and what surrounds it looked when it was reached

  const around = element => {
    const found = [element, element.nextElementSibling].filter(Boolean);
    for (let each = element.parentElement; each && each !== document.body; each = each.parentElement) found.push(each);
    return found;
  };

  // A control may show its focus by what is drawn over it, beside it, or around it.
  const look = element => around(element)
    .flatMap(each => [getComputedStyle(each), getComputedStyle(each, "::after")])
    .map(style => LOOKS.map(name => style[name]).join())
    .join(";");

  const words = element => element.outerHTML.slice(0, 160);

  // Of radio buttons and tabs one is in the order of Tab, and arrows lead to the others.
  const byArrows = element =>
    (element.type === "radio" && [...reached.keys()].some(other => other.name === element.name)) ||
    (element.getAttribute("role") === "tab" && [...reached.keys()].some(other => other.closest("[role=tablist]") === element.closest("[role=tablist]")));

  const controls = () => [...document.querySelectorAll(CONTROLS)].filter(element => !element.disabled && element.checkVisibility({visibilityProperty: true}));

  addEventListener("focusin", event => reached.set(event.target, look(event.target)));
  const rest = () => document.activeElement.blur();
  rest();
  const there = controls(); // what a live page draws during the walk is not asked for

  return {
    controls,
    complaints: () => {
      rest();
      const unseen = [...reached.keys()].filter(each => each.isConnected && look(each) === reached.get(each));
      return [
        ...controls().filter(each => there.includes(each) && !reached.has(each) && !byArrows(each)).map(each => `not reached: ${words(each)}`),
        ...unseen.map(each => `no visible focus: ${words(each)}`),
      ].slice(0, 8);
    },
  };
})();
