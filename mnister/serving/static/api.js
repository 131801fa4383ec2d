// What the page asks of the server, with the token where it needs one.

const KEY = "mnister-token";

// A link such as http://server:8501/#token=… brings it; a fragment is never sent nor logged.
const brought = new URLSearchParams(location.hash.slice(1)).get("token");
if (brought) {
  sessionStorage.setItem(KEY, brought);
  history.replaceState(null, "", location.pathname);
}

export class ApiError extends Error {
  constructor(status, told, wait) {
    super([told.error, told.expected && `Expected: ${told.expected}`,
           told.instead && `Instead: ${told.instead}`].filter(Boolean).join("\n"));
    this.status = status;
    this.wait = wait;
  }
}

export function keepToken(token) {
  sessionStorage.setItem(KEY, token);
}

async function call(path, options = {}) {
  const token = sessionStorage.getItem(KEY);
  const headers = { ...options.headers, ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  let answer;
  try {
    answer = await fetch(path, { ...options, headers });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, { error: "The server cannot be reached" });
  }
  if (answer.ok) return answer;
  const told = await answer.json().catch(() => ({ error: `The server answered ${answer.status}` }));
  throw new ApiError(answer.status, told, Number(answer.headers.get("Retry-After")));
}

export async function models() {
  return (await call("/models")).json();
}

// A drawing is written by hand, whatever it looks like: nothing of it is left out as printed.
export async function read({ picture, isDrawing, model }, accept, signal) {
  const query = new URLSearchParams({ model, details: "true", read_printed: isDrawing });
  const options = { method: "POST", body: picture, signal, headers: { Accept: accept } };
  const answer = await call(`/read?${query}`, options);
  return accept === "application/json" ? answer.json() : answer.blob();
}

export async function keep(corrections) {
  const options = { method: "POST", body: JSON.stringify({ corrections }),
                    headers: { "Content-Type": "application/json" } };
  return (await call("/corrections", options)).json();
}
