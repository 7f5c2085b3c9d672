import { z } from 'zod';
import { accountId } from '../../store/account-id';
import { findParameter, setParameter } from '../../store/parameter';
import type { Parameter } from '../../store/state';
import { AwsError } from '../aws-error';
import { text } from '../input';
import { operation, type Service } from '../operation';

const name = text(1, 2048).refine(
  (name) => /^[\w.\-/]+$/.test(name) && (name.startsWith('/') || !name.includes('/')),
  'a parameter name consists of letters, digits and .-_/, and starts with a slash if it contains one',
);

/** Systems Manager Parameter Store, with the newest version of each parameter only. */
export const ssm: Service = {
  target: 'AmazonSSM',
  signingName: 'ssm',
  validationError: 'ValidationException',
  operations: {
    GetParameter: operation(
      z.strictObject({ Name: name, WithDecryption: z.boolean().optional() }),
      ({ Name }, { store, region }) => {
        const found = findParameter(store.state, region, Name);
        if (!found) throw new AwsError('ParameterNotFound', `Parameter ${Name} not found.`);
        return { Parameter: describe(found) };
      },
    ),

    PutParameter: operation(
      z.strictObject({
        Name: name,
        Value: text(1, 4096),
        Type: z.enum(['String', 'StringList', 'SecureString']).optional(),
        Overwrite: z.boolean().default(false),
      }),
      ({ Name, Value, Type, Overwrite }, { store, region }) =>
        store.change((state) => {
          const found = findParameter(state, region, Name);
          if (found && !Overwrite) {
            throw new AwsError(
              'ParameterAlreadyExists',
              'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
            );
          }
          const type = Type ?? found?.type;
          if (!type) {
            throw new AwsError(
              'ValidationException',
              'A parameter type is required when you create a parameter.',
            );
          }
          const { version } = setParameter(state, region, Name, { type, value: Value }, store.now());
          return { Version: version, Tier: 'Standard' };
        }),
    ),
  },
};

function describe({ region, name, type, value, version, lastModifiedAt }: Parameter): object {
  return {
    ARN: `arn:aws:ssm:${region}:${accountId}:parameter${name.startsWith('/') ? '' : '/'}${name}`,
    DataType: 'text',
    LastModifiedDate: lastModifiedAt,
    Name: name,
    Type: type,
    Value: value,
    Version: version,
  };
}
