import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { randomText } from '../../store/random-text';
import type { Secret, State } from '../../store/state';
import { ApiError } from '../aws-error';
import { text } from '../input';
import { account, operation, type Service } from '../operation';

const SecretId = text(1, 2048);
const SecretString = text(1, 65_536);
/** The SDKs make one for each call; it becomes the id of the version. */
const ClientRequestToken = text(32, 64).default(() => randomUUID());

/** Secrets of the Secrets Manager, of which only the current version is kept. */
export const secretsManager: Service = {
  target: 'secretsmanager',
  signingName: 'secretsmanager',
  validationError: 'InvalidParameterException',
  operations: {
    CreateSecret: operation(
      z.strictObject({
        Name: text(1, 512, /[\w/+=.@-]+/),
        Description: text(0, 2048).optional(),
        SecretString,
        ClientRequestToken,
      }),
      ({ Name, Description, SecretString, ClientRequestToken }, { pools, region }) =>
        pools.change((state) => {
          const now = pools.now();
          forgetDeleted(state, now);
          const found = state.secrets.find((secret) => secret.region === region && secret.name === Name);
          if (found?.deletionAt !== undefined) {
            const message = 'A secret with this name is already scheduled for deletion.';
            throw new ApiError('InvalidRequestException', message);
          }
          if (found) {
            throw new ApiError('ResourceExistsException', `The secret ${Name} already exists.`);
          }
          const secret = {
            ...newSecret(region, Name, SecretString, now),
            description: Description,
            versionId: ClientRequestToken,
          };
          state.secrets.push(secret);
          return describe(secret);
        }),
    ),

    GetSecretValue: operation(
      z.strictObject({ SecretId, VersionStage: z.literal('AWSCURRENT').optional() }),
      ({ SecretId }, { pools, region }) => {
        const secret = find(pools.state, region, SecretId, pools.now());
        return {
          ...describe(secret),
          CreatedDate: secret.createdAt,
          SecretString: secret.value,
          VersionStages: ['AWSCURRENT'],
        };
      },
    ),

    PutSecretValue: operation(
      z.strictObject({ SecretId, SecretString, ClientRequestToken }),
      ({ SecretId, SecretString, ClientRequestToken }, { pools, region }) =>
        pools.change((state) => {
          const secret = find(state, region, SecretId, pools.now());
          Object.assign(secret, { value: SecretString, versionId: ClientRequestToken });
          return { ...describe(secret), VersionStages: ['AWSCURRENT'] };
        }),
    ),

    DeleteSecret: operation(
      z.strictObject({
        SecretId,
        RecoveryWindowInDays: z.int().min(7).max(30).default(30),
        ForceDeleteWithoutRecovery: z.boolean().default(false),
      }),
      ({ SecretId, RecoveryWindowInDays, ForceDeleteWithoutRecovery }, { pools, region }) =>
        pools.change((state) => {
          const now = pools.now();
          const secret = find(state, region, SecretId, now);
          secret.deletionAt = ForceDeleteWithoutRecovery ? now : now + RecoveryWindowInDays * 86_400;
          forgetDeleted(state, now);
          return { ARN: secret.arn, Name: secret.name, DeletionDate: secret.deletionAt };
        }),
    ),
  },
};

export function newSecret(region: string, name: string, value: string, now: number): Secret {
  const arn = `arn:aws:secretsmanager:${region}:${account}:secret:${name}-${randomText(6)}`;
  return { region, arn, name, versionId: randomUUID(), value, createdAt: now };
}

function forgetDeleted(state: State, now: number): void {
  state.secrets = state.secrets.filter(({ deletionAt = Infinity }) => deletionAt > now);
}

/** @param id The secret's name or ARN. */
function find(state: State, region: string, id: string, now: number): Secret {
  const secret = state.secrets.find(
    (secret) => secret.region === region && [secret.name, secret.arn].includes(id),
  );
  if (!secret || (secret.deletionAt ?? Infinity) <= now) {
    throw new ApiError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  }
  if (secret.deletionAt !== undefined) {
    throw new ApiError('InvalidRequestException', 'The secret was marked for deletion.');
  }
  return secret;
}

function describe({ arn, name, versionId }: Secret): object {
  return { ARN: arn, Name: name, VersionId: versionId };
}
