import { randomUUID } from 'node:crypto';
import type { Response } from 'express';

/** The media type of https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html */
export const awsJson = 'application/x-amz-json-1.1';

/** Sends the response of an AWS service; `undefined` for one without a body. */
export function sendAwsJson(res: Response, body: object | undefined): void {
  res.set('x-amzn-RequestId', randomUUID());
  // Not `send`, which would add a charset that the media type does not have.
  res.set('Content-Type', awsJson).end(body && JSON.stringify(body));
}

/** Sends an error of an AWS service. */
export function sendAwsError(res: Response, status: number, type: string, message: string): void {
  res.status(status).set('x-amzn-ErrorType', type);
  sendAwsJson(res, { __type: type, message });
}
