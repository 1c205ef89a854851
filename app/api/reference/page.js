/* global SwaggerUIBundle */
// Whether somebody is signed in to the dashboard, and which test key they have; asked while the viewer loads.
const asked = fetch('/account/test-key', { cache: 'no-store', redirect: 'error', referrerPolicy: 'no-referrer' });

// Everything that would ask another host is off: the validator, and whatever a document may name.
const viewer = SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  defaultModelRendering: 'example',
  displayRequestDuration: true,
  filter: true,
  onComplete: fillIn,
  persistAuthorization: false,
  requestSnippetsEnabled: true,
  showExtensions: false,
  tryItOutEnabled: true,
  validatorUrl: null,
  withCredentials: false,
});

// Who is signed in finds their test key filled in. It stays in this page's memory.
async function fillIn() {
  const answer = await asked;
  if (!answer.ok) return;
  const { key, name } = await answer.json();
  if (key) viewer.preauthorizeApiKey('apiKey', key);
  const told = document.getElementById(key ? 'filled' : 'keyless');
  for (const place of told.querySelectorAll('.key-name')) place.textContent = name;
  document.getElementById('stranger').hidden = true;
  told.hidden = false;
}
