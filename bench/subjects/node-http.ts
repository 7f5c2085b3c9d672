import { createServer } from 'node:http';
import { host, port } from './environment';
import { thingsPage } from './things';

createServer((_req, res) => {
  void thingsPage().then((page) => {
    const body = Buffer.from(JSON.stringify(page));
    res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length }).end(body);
  });
}).listen(port, host);
