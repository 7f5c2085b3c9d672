import { z } from 'zod';
import { accountId } from '../../store/account-id';
import { findParameter, setParameter } from '../../store/parameter';
import type { Parameter } from '../../store/state';
import { AwsError } from '../aws-error';
import { text } from '../input';
import { operation, type Service } from '../operation';

const isName = (name: string) => /^[\w.\-/]+$/.test(name) && (name.startsWith('/') || !name.includes('/'));
const rule =
  'a parameter name consists of letters, digits and .-_/, and starts with a slash if it contains one';
const name = text(1, 2048).refine(isName, rule);
/** A name with the number of a version, `<name>:<number>`; the emulator has no labels. */
const nameWithVersion = text(1, 2048).refine(
  (text) => isName(text.replace(/:\d+$/, '')),
  `${rule}; it may end with : and a version`,
);

/** Systems Manager Parameter Store. */
export const ssm: Service = {
  target: 'AmazonSSM',
  signingName: 'ssm',
  validationError: 'ValidationException',
  operations: {
    GetParameter: operation(
      z.strictObject({ Name: nameWithVersion, WithDecryption: z.boolean().optional() }),
      ({ Name }, { store, region }) => {
        const [name = '', number] = Name.split(':');
        const found = findParameter(store.state, region, name);
        if (!found) throw new AwsError('ParameterNotFound', `Parameter ${name} not found.`);
        if (number === undefined) return { Parameter: describe(found) };
        const version = [...found.history, found].find(({ version }) => version === Number(number));
        if (!version) {
          throw new AwsError(
            'ParameterVersionNotFound',
            `Systems Manager could not find version ${number} of ${name}. Verify the version and try again.`,
          );
        }
        return { Parameter: { ...describe({ ...found, ...version }), Selector: `:${number}` } };
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
