/* global SwaggerUIBundle */
// Everything that would ask another host is off: the validator, and whatever a document may name.
SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  defaultModelRendering: 'example',
  displayRequestDuration: true,
  filter: true,
  persistAuthorization: false,
  requestSnippetsEnabled: true,
  showExtensions: false,
  tryItOutEnabled: true,
  validatorUrl: null,
  withCredentials: false,
});
