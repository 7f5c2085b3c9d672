// node first-call.mts, with Node 24; npx tsx first-call.mts with an older one
const client = btoa('your client id:your client secret');

const granted = await fetch('{{tokenUrl}}', {
  method: 'POST',
  headers: { Authorization: `Basic ${client}` },
  body: new URLSearchParams({ grant_type: 'client_credentials' }),
});
const { access_token } = await granted.json();

const response = await fetch('{{apiUrl}}{{firstPath}}', {
  headers: { Authorization: `Bearer ${access_token}` },
});
console.log(response.status, await response.json());
