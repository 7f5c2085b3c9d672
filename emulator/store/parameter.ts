import type { Parameter, State } from './state';

/** A parameter of the Parameter Store by its name, in a Region. */
export function findParameter(state: State, region: string, name: string): Parameter | undefined {
  return state.parameters.find((parameter) => parameter.region === region && parameter.name === name);
}

/** Creates a parameter, or a new version of it. */
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
