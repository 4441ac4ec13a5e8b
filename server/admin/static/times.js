// Moments in the viewer's own zone. The server has written them in UTC, which stays where there is no JavaScript.

const FORMS = {
  clock: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
  short: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  whole: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
};
const formats = Object.fromEntries(Object.entries(FORMS).map(([name, form]) => [name, new Intl.DateTimeFormat([], form)]));

/** The viewer's zone, in a word. */
export const zone = new Intl.DateTimeFormat([], { timeZoneName: "short" }).formatToParts().find(part => part.type === "timeZoneName").value;

/** Shows each `<time data-time="clock|short|whole">` of an element; one of another day has its date. */
export function localTimes(inside) {
  const today = new Date().toDateString();
  for (const element of inside.querySelectorAll("time[data-time]")) {
    const moment = new Date(element.dateTime);
    const form = moment.toDateString() === today ? element.dataset.time : "whole";
    element.textContent = formats[form].format(moment);
    element.title = `${moment.toLocaleString()} (${element.dateTime})`;
  }
}

localTimes(document);
