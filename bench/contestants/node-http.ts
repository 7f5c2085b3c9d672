import { createServer } from 'node:http';
import { host, port } from './environment';
import { usersPage } from './users';

createServer((_req, res) => {
  void usersPage().then((page) => {
    const body = Buffer.from(JSON.stringify(page));
    res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length }).end(body);
  });
}).listen(port, host);
