// Times as the reader's own clock shows them.

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const TIME_SECONDS = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const SHORT_DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });
const DATE_STYLES = {
  date: { month: "long", day: "numeric", year: "numeric" },
  date_long: { weekday: "long", month: "long", day: "numeric", year: "numeric" },
  date_short: { month: "short", day: "numeric", year: "numeric" },
  day_divider: { weekday: "long", month: "long", day: "numeric" },
};

export const dateOf = (ts) => new Date(Number(ts) * 1000);
export const clockTime = (ts) => TIME.format(dateOf(ts));
export const fullTime = (ts) => FULL.format(dateOf(ts));

const sameDay = (one, other) => one.toDateString() === other.toDateString();

/** "Today", "Yesterday" or the day's name. */
export function dayName(date) {
  const now = new Date();
  if (sameDay(date, now)) return "Today";
  now.setDate(now.getDate() - 1);
  return sameDay(date, now) ? "Yesterday" : DAY.format(date);
}

/** Gorgias gives ISO dates, some without an offset: those are UTC. */
export function parseIso(text) {
  return new Date(/(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
}

/** Today as a time, any other day as a date. */
export function shortWhen(date) {
  return sameDay(date, new Date()) ? TIME.format(date) : SHORT_DAY.format(date);
}

/** Slack's date token: `{date_short_pretty} at {time}` filled in for `seconds`. */
export function fillDateToken(seconds, format) {
  const date = dateOf(seconds);
  return format.replace(/\{(\w+)\}/g, (whole, name) => {
    if (name === "time") return TIME.format(date);
    if (name === "time_secs") return TIME_SECONDS.format(date);
    if (name === "date_num") return date.toISOString().slice(0, 10);
    if (name === "ago") return ago(date);
    const pretty = name.endsWith("_pretty");
    const style = DATE_STYLES[pretty ? name.slice(0, -7) : name];
    if (!style) return whole;
    const day = dayName(date);
    if (pretty && (day === "Today" || day === "Yesterday")) return day.toLowerCase();
    return new Intl.DateTimeFormat(undefined, style).format(date);
  });
}

function ago(date) {
  const minutes = Math.round((date - Date.now()) / 60000);
  const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  if (Math.abs(minutes) < 60) return relative.format(minutes, "minute");
  if (Math.abs(minutes) < 1440) return relative.format(Math.round(minutes / 60), "hour");
  return relative.format(Math.round(minutes / 1440), "day");
}
