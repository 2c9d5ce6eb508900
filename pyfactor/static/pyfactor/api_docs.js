"use strict";

const place = document.getElementById("api");
const dark = window.matchMedia("(prefers-color-scheme: dark)");

function light() {
  document.documentElement.classList.toggle("dark-mode", dark.matches);
}

light();
dark.addEventListener("change", light);

SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  deepLinking: true,
  defaultModelsExpandDepth: -1,
  // It would ask a stranger's server to look at the schema.
  validatorUrl: null,
});
