// What the page knows and what the person is looking at. `change` is the only way to alter it.

const KEPT = ["viewer", "guideDone", "tried", "seen"];
const STORAGE_KEY = "regulars-playground";

export const app = {
  slack: null, // the last /play/slack/state
  gorgias: null, // the last /play/gorgias/state
  marketing: null, // the last /play/marketing/state
  slackFaults: {},
  gorgiasFaults: {},
  marketingFaults: {},
  config: {},
  lost: { slack: false, gorgias: false },
  ui: {
    viewer: "U0OLIVIA",
    place: "C0SUPPORT", // a channel id, or "app" for the bot's Home and Messages
    appTab: "home",
    thread: null,
    pane: "chat", // on narrow screens: "channels", "chat" or "helpdesk"
    desk: "helpdesk", // or "marketing": what stands beside Slack
    ticket: null,
    customer: null, // the one whose tickets alone are listed
    ticketFilter: "open",
    editing: null,
    popover: null, // {kind, anchor, …}: the one open menu
    dialog: null, // {title, text, confirm, deny, run}
    faultsOpen: false,
    guideDone: false,
    tried: {}, // steps of the guide that leave no trace in the workspace
    dismissed: [], // ephemeral messages put away
    notices: [],
    seen: {}, // viewer → channel → newest message that was on screen
    viewErrors: {}, // view id → block id → sentence
    busyView: null,
    ...read(),
  },
};

let draw = () => {};
let scheduled = false;

export function onChange(listener) {
  draw = listener;
}

/** Alter the state in `alter(app.ui, app)` and draw once before the next frame. */
export function change(alter = () => {}) {
  alter(app.ui, app);
  write();
  if (scheduled) return;
  scheduled = true;
  queueMicrotask(() => {
    scheduled = false;
    draw();
  });
}

let noticeCount = 0;

/** Tell the person one sentence that goes away by itself. */
export function notify(text, kind = "error") {
  const id = (noticeCount += 1);
  change((ui) => ui.notices.push({ id, text, kind }));
  setTimeout(() => dismissNotice(id), kind === "error" ? 9000 : 5000);
}

export function dismissNotice(id) {
  change((ui) => {
    ui.notices = ui.notices.filter((notice) => notice.id !== id);
  });
}

/** Run an action of the person; a refusal becomes a notice. Returns the answer or null. */
export async function act(work) {
  try {
    return await work();
  } catch (error) {
    notify(error.message);
    return null;
  }
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(STORAGE_KEY) ?? "{}");
  } catch {
    return {};
  }
}

function write() {
  try {
    const kept = Object.fromEntries(KEPT.map((name) => [name, app.ui[name]]));
    localStorage.setItem(STORAGE_KEY, JSON.stringify(kept));
  } catch {
    // A browser that stores nothing (private mode) still shows everything.
  }
}
