import type { Parameter, State } from './state';

/** The Parameter Store keeps 100 versions of a parameter. */
const previousVersions = 99;

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
  const previous = findParameter(state, region, name);
  const version = (previous?.version ?? 0) + 1;
  const parameter = { region, name, type, value, version, lastModifiedAt: now, history: historyOf(previous) };
  state.parameters = state.parameters.filter((other) => other !== previous);
  state.parameters.push(parameter);
  return parameter;
}

function historyOf(previous: Parameter | undefined): Parameter['history'] {
  if (!previous) return [];
  const { type, value, version, lastModifiedAt, history } = previous;
  return [...history, { type, value, version, lastModifiedAt }].slice(-previousVersions);
}
