import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as admission from '../../src/clients/admission';
import { part } from './turns';

const load = createRequire(join(process.env['SERVICE_DIRECTORY'] ?? '', 'main.js'));
const { Admission } = load('./clients/admission') as typeof admission;
const { prototype } = Admission;
// eslint-disable-next-line @typescript-eslint/unbound-method -- called on the object that it was asked of
const { admit } = prototype;

const limits = { requestsPerSecond: 0, burst: 0, requestsPerDay: 0 };

prototype.admit = function (caller, req, res) {
  part.requests += 1;
  if (part.isOn) admit.call(this, caller, req, res);
  else req.admittedClient = { id: caller.clientId, name: null, limits };
};

createRequire(__filename)('./service');
