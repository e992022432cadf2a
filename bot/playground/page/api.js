// The emulators as the page sees them: their people's controls and their change streams.

const SLACK = "/play/slack/";
let gorgiasBase = "";
let marketingBase = "";

export const setGorgias = (base) => {
  gorgiasBase = base.replace(/\/$/, "");
};
export const setMarketing = (base) => {
  marketingBase = base.replace(/\/$/, "");
};
export const gorgiasUrl = (path) => `${gorgiasBase}${path}`;

export const slack = {
  get: (path) => call("GET", SLACK + path),
  post: (path, body) => call("POST", SLACK + path, body),
  stream: (query, listener) => stream(`${SLACK}stream${query}`, listener),
};

export const gorgias = {
  get: (path) => call("GET", gorgiasUrl(`/play/gorgias/${path}`)),
  post: (path, body) => call("POST", gorgiasUrl(`/play/gorgias/${path}`), body),
  stream: (listener) => stream(gorgiasUrl("/play/gorgias/stream"), listener),
};

export const marketing = {
  get: (path) => call("GET", `${marketingBase}/play/marketing/${path}`),
  post: (path, body) => call("POST", `${marketingBase}/play/marketing/${path}`, body),
  stream: (listener) => stream(`${marketingBase}/play/marketing/stream`, listener),
};

/** A refusal by an emulator, in one sentence; `answer` is its whole JSON. */
export class Refused extends Error {
  constructor(sentence, answer) {
    super(sentence);
    this.answer = answer;
  }
}

async function call(method, url, body) {
  const request = { method, headers: { Accept: "application/json" } };
  if (body !== undefined) {
    request.headers["Content-Type"] = "application/json";
    request.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(url, request);
  } catch {
    throw new Refused("The playground does not answer. Is `make demo` still running?", {});
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok || answer.ok === false) {
    throw new Refused(answer.error ?? `The playground answered ${response.status}.`, answer);
  }
  return answer;
}

/** Call `listener("changed")` on every change and `listener("lost")` when the stream breaks;
 * it reconnects by itself. Returns a function that ends it. */
function stream(url, listener) {
  let source;
  let timer;
  const connect = () => {
    source = new EventSource(url);
    source.onopen = () => listener("changed");
    source.onmessage = () => listener("changed");
    source.onerror = () => {
      listener("lost");
      // A browser gives up for good after some answers; starting anew covers every case.
      source.close();
      timer = setTimeout(connect, 1500);
    };
  };
  connect();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}
