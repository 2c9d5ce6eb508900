// A frontend of its own, as small as it can be: a page with a form, and the API route that the form calls.
// The route forwards the JSON body and the user's cookies to the backend, and nothing else.
// Usage: node server.mjs BACKEND_URL; prints the port it took.
import { createServer } from "node:http";

const backend = process.argv[2];

const PAGE = `<!doctype html>
<html lang="en"><title>Frontend</title>
<form>
  <label>Phone <input name="phoneNumber"></label>
  <label>Message <input name="message"></label>
  <button>Send</button>
</form>
<p role="status"></p>
<script type="module">
  const form = document.querySelector("form");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await fetch("/api/send-invitation", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(Object.fromEntries(new FormData(form))),
    });
    const data = await answer.json();
    document.querySelector("[role=status]").textContent = answer.ok ? data.message : data.error;
  });
</script>`;

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function forward(request) {
  const answer = await fetch(`${backend}/api/invitations/whatsapp/`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Cookie: request.headers.cookie ?? "" },
    body: await bodyOf(request),
  });
  return { status: answer.status, data: await answer.json() };
}

const server = createServer(async (request, response) => {
  if (request.method === "POST" && request.url === "/api/send-invitation") {
    const { status, data } = await forward(request);
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(data));
  } else if (request.url === "/") {
    response.writeHead(200, { "Content-Type": "text/html" }).end(PAGE);
  } else {
    response.writeHead(404).end();
  }
});

server.listen(0, "127.0.0.1", () => console.log(server.address().port));
