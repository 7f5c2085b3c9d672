import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { newSecret } from '../../store/secret';
import type { Secret, State } from '../../store/state';
import { AwsError } from '../aws-error';
import { only, text } from '../input';
import { operation, type Service } from '../operation';

const SecretId = text(1, 2048);
const SecretString = text(1, 65_536);
/** The SDKs generate one for each call; it becomes the id of the version. */
const ClientRequestToken = text(32, 64).default(() => randomUUID());

/** Secrets Manager, with the current version of each secret only. */
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
      ({ Name, Description, SecretString, ClientRequestToken }, { store, region }) =>
        store.change((state) => {
          const now = store.now();
          purgeDeleted(state, now);
          const found = state.secrets.find((secret) => secret.region === region && secret.name === Name);
          if (found?.deletionAt !== undefined) {
            const message = 'A secret with this name is already scheduled for deletion.';
            throw new AwsError('InvalidRequestException', message);
          }
          if (found) {
            throw new AwsError('ResourceExistsException', `The secret ${Name} already exists.`);
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
      z.strictObject({ SecretId, VersionStage: only(text(1, 256), 'AWSCURRENT').optional() }),
      ({ SecretId }, { store, region }) => {
        const secret = find(store.state, region, SecretId, store.now());
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
      ({ SecretId, SecretString, ClientRequestToken }, { store, region }) =>
        store.change((state) => {
          const secret = find(state, region, SecretId, store.now());
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
      ({ SecretId, RecoveryWindowInDays, ForceDeleteWithoutRecovery }, { store, region }) =>
        store.change((state) => {
          const now = store.now();
          const secret = find(state, region, SecretId, now);
          secret.deletionAt = ForceDeleteWithoutRecovery ? now : now + RecoveryWindowInDays * 86_400;
          purgeDeleted(state, now);
          return { ARN: secret.arn, Name: secret.name, DeletionDate: secret.deletionAt };
        }),
    ),
  },
};

function purgeDeleted(state: State, now: number): void {
  state.secrets = state.secrets.filter(({ deletionAt = Infinity }) => deletionAt > now);
}

/** @param id The secret's name or ARN. */
function find(state: State, region: string, id: string, now: number): Secret {
  const secret = state.secrets.find(
    (secret) => secret.region === region && [secret.name, secret.arn].includes(id),
  );
  if (!secret || (secret.deletionAt ?? Infinity) <= now) {
    throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  }
  if (secret.deletionAt !== undefined) {
    throw new AwsError('InvalidRequestException', 'The secret was marked for deletion.');
  }
  return secret;
}

function describe({ arn, name, versionId }: Secret): object {
  return { ARN: arn, Name: name, VersionId: versionId };
}
