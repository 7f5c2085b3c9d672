const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', follow);
follow();

window.SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  docExpansion: 'list',
  // Nothing is kept when the page is left: the client's secret is on it.
  persistAuthorization: false,
  // Token endpoints of other origins let no header through but those that they need.
  requestInterceptor: (request) => {
    delete request.headers['X-Requested-With'];
    return request;
  },
});
