// Moments in the viewer's own zone. The server has written them in UTC, which stays where there is no JavaScript.

const FORMS = {
  clock: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
  short: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  instant: { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hourCycle: "h23", timeZoneName: "short" },
  exact: { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hourCycle: "h23", timeZoneName: "short" },
  whole: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
};
const OF_ANOTHER_DAY = { instant: "exact", exact: "exact" };
const formats = Object.fromEntries(Object.entries(FORMS).map(([name, form]) => [name, new Intl.DateTimeFormat([], form)]));

/** The viewer's zone, in a word. */
export const zone = new Intl.DateTimeFormat([], { timeZoneName: "short" }).formatToParts().find(part => part.type === "timeZoneName").value;

/** Shows each `<time data-time="clock|short|whole|instant|exact">` of an element; one of another day has its date. */
export function localTimes(inside) {
  const today = new Date().toDateString();
  for (const element of inside.querySelectorAll("time[data-time]")) {
    const moment = new Date(element.dateTime);
    const form = moment.toDateString() === today ? element.dataset.time : OF_ANOTHER_DAY[element.dataset.time] ?? "whole";
    element.textContent = formats[form].format(moment);
    element.title = `${moment.toLocaleString()} (${element.dateTime})`;
  }
}

localTimes(document);
