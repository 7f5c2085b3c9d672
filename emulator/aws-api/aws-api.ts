import express, { type ErrorRequestHandler, type Request, type Router } from 'express';
import type { Logger } from 'pino';
import { awsJson, sendAwsError, sendAwsJson } from '../aws-json';
import type { Store } from '../store/store';
import { isUnreadableBody } from '../unreadable-body';
import { AwsError } from './aws-error';
import { cognitoIdp } from './cognito-idp/cognito-idp';
import { readInput } from './input';
import type { Service } from './operation';
import { secretsManager } from './secrets-manager/secrets-manager';
import { signedRegion } from './signed-region';
import { ssm } from './ssm/ssm';

const services: readonly Service[] = [cognitoIdp, ssm, secretsManager];

/**
 * `POST /`, through which the AWS CLI and SDKs call a service
 * (https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html). `X-Amz-Target` names the operation.
 */
export function awsApi(store: Store, logger: Logger): Router {
  const router = express.Router();

  router.post('/', express.text({ type: awsJson, limit: '1mb' }), (req, res) => {
    const body = call(req);
    logger.info({ target: req.get('X-Amz-Target') }, 'called');
    sendAwsJson(res, body);
  });

  const refuse: ErrorRequestHandler = (error: unknown, req, res, next) => {
    if (res.headersSent) return next(error);
    const target = req.get('X-Amz-Target');
    const { type, message, status } = describeError(error);
    if (status === 500) logger.error({ target, err: error }, 'call failed');
    else logger.warn({ target, type }, `call refused: ${message}`);
    sendAwsError(res, status, type, message);
  };
  router.use(refuse);

  function call(req: Request): object | undefined {
    const { service, name, operation } = find(req.get('X-Amz-Target'));
    const authorization = req.get('Authorization');
    const region =
      operation.unsigned && authorization === undefined
        ? ''
        : signedRegion(authorization, service.signingName);
    const body: unknown = req.body;
    if (typeof body !== 'string') {
      throw new AwsError('SerializationException', `The Content-Type is not ${awsJson}.`);
    }
    const input = readInput(body, name, operation, service);
    return operation.handle(input, { store, region });
  }
  return router;
}

function find(target = '') {
  const [prefix = '', name = ''] = target.split('.');
  const service = services.find((service) => service.target === prefix);
  const operation = service && Object.hasOwn(service.operations, name) ? service.operations[name] : undefined;
  if (service && operation) return { service, name, operation };
  throw new AwsError(
    'UnknownOperationException',
    target ? `The emulator does not support the operation ${target}.` : 'X-Amz-Target names no operation.',
  );
}

function describeError(error: unknown): { type: string; message: string; status: number } {
  if (error instanceof AwsError) return { type: error.type, message: error.message, status: 400 };
  if (isUnreadableBody(error)) {
    return { type: 'SerializationException', message: error.message, status: error.status };
  }
  return { type: 'InternalErrorException', message: 'The emulator failed; see its log.', status: 500 };
}
