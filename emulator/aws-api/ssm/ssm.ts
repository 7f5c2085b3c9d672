import { z } from 'zod';
import type { Parameter, State } from '../../store/state';
import { ApiError } from '../aws-error';
import { text } from '../input';
import { account, operation, type Service } from '../operation';

const name = text(1, 2048).refine(
  (name) => /^[\w.\-/]+$/.test(name) && (name.startsWith('/') || !name.includes('/')),
  'a parameter name has letters, digits and .-_/, and a first slash if it has any',
);

/** Parameters of the Systems Manager Parameter Store, without their history. */
export const ssm: Service = {
  target: 'AmazonSSM',
  signingName: 'ssm',
  validationError: 'ValidationException',
  operations: {
    GetParameter: operation(
      z.strictObject({ Name: name, WithDecryption: z.boolean().optional() }),
      ({ Name }, { pools, region }) => {
        const found = findParameter(pools.state, region, Name);
        if (!found) throw new ApiError('ParameterNotFound', `Parameter ${Name} not found.`);
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
      ({ Name, Value, Type, Overwrite }, { pools, region }) =>
        pools.change((state) => {
          const found = findParameter(state, region, Name);
          if (found && !Overwrite) {
            throw new ApiError(
              'ParameterAlreadyExists',
              'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
            );
          }
          const type = Type ?? found?.type;
          if (!type) {
            throw new ApiError(
              'ValidationException',
              'A parameter type is required when you create a parameter.',
            );
          }
          const { version } = setParameter(state, region, Name, { type, value: Value }, pools.now());
          return { Version: version, Tier: 'Standard' };
        }),
    ),
  },
};

/** A parameter by its name, in a Region. */
export function findParameter(state: State, region: string, name: string): Parameter | undefined {
  return state.parameters.find((parameter) => parameter.region === region && parameter.name === name);
}

/** Makes a parameter, or a new version of it. */
export function setParameter(
  state: State,
  region: string,
  name: string,
  { type, value }: Pick<Parameter, 'type' | 'value'>,
  now: number,
): Parameter {
  const version = (findParameter(state, region, name)?.version ?? 0) + 1;
  const parameter = { region, name, type, value, version, lastModifiedAt: now };
  state.parameters = state.parameters.filter((other) => other.region !== region || other.name !== name);
  state.parameters.push(parameter);
  return parameter;
}

function describe({ region, name, type, value, version, lastModifiedAt }: Parameter): object {
  return {
    ARN: `arn:aws:ssm:${region}:${account}:parameter${name.startsWith('/') ? '' : '/'}${name}`,
    DataType: 'text',
    LastModifiedDate: lastModifiedAt,
    Name: name,
    Type: type,
    Value: value,
    Version: version,
  };
}
