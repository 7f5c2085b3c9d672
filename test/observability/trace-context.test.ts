import { traceContextOf, traceparentOf } from '../../src/observability/trace-context';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const TRACEPARENT = `00-${TRACE}-${SPAN}-01`;
const ROOT = `Root=1-${TRACE.slice(0, 8)}-${TRACE.slice(8)}`;

describe('traceparent', () => {
  it.each([
    ['of version 00', TRACEPARENT],
    ['of a later version', `01-${TRACE}-${SPAN}-01`],
    ['of a later version with more fields', `cc-${TRACE}-${SPAN}-01-more`],
  ])('names the trace and the span of the caller: %s', (_, traceparent) => {
    expect(traceparentOf({ traceparent })).toEqual({ traceId: TRACE, parentSpanId: SPAN });
  });

  it.each([
    ['missing', undefined],
    ['empty', ''],
    ['of the forbidden version ff', `ff-${TRACE}-${SPAN}-01`],
    ['of version 00 with more fields', `${TRACEPARENT}-more`],
    ['of a later version with more digits', `01-${TRACE}-${SPAN}-011`],
    ['in upper case', TRACEPARENT.toUpperCase()],
    ['without flags', `00-${TRACE}-${SPAN}`],
    ['with a trace id of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['with a span id of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['sent twice', `${TRACEPARENT}, ${TRACEPARENT}`],
  ])('names no trace where it is %s', (_, traceparent) => {
    expect(traceparentOf({ traceparent })).toBeUndefined();
  });
});

describe('X-Amzn-Trace-Id', () => {
  const contextOf = (header: string | string[]) => traceContextOf({ 'x-amzn-trace-id': header });

  it('is ignored where there is a traceparent', () => {
    const headers = {
      traceparent: TRACEPARENT,
      'x-amzn-trace-id': `Root=1-${'a'.repeat(8)}-${'b'.repeat(24)}`,
    };
    expect(traceContextOf(headers)).toEqual({ traceId: TRACE, parentSpanId: SPAN });
  });

  it('is used where the traceparent is malformed', () => {
    const headers = { traceparent: 'x', 'x-amzn-trace-id': `${ROOT};Parent=${SPAN}` };
    expect(traceContextOf(headers)).toEqual({ traceId: TRACE, parentSpanId: SPAN });
  });

  it.each([
    ['with a Sampled field', `${ROOT};Parent=${SPAN};Sampled=1`],
    ['behind Self, in another order', `Self=1-67891234-abcdef;Parent=${SPAN};${ROOT}`],
    ['in upper case', `${ROOT};Parent=${SPAN}`.toUpperCase()],
  ])('names the trace by Root and the span by Parent: %s', (_, header) => {
    expect(contextOf(header)).toEqual({ traceId: TRACE, parentSpanId: SPAN });
  });

  it.each([
    ['missing', ROOT],
    ['zeros', `${ROOT};Parent=${'0'.repeat(16)}`],
    ['too short', `${ROOT};Parent=abc`],
  ])('takes half of the trace id for the span where Parent is %s', (_, header) => {
    expect(contextOf(header)).toEqual({ traceId: TRACE, parentSpanId: TRACE.slice(16) });
  });

  it.each([
    ['has no Root', `Parent=${SPAN};Sampled=1`],
    ['has a Root of another version', ROOT.replace('1-', '2-')],
    ['has a Root that is too long', `${ROOT}0`],
    [
      'has a Root whose second half, which would be the span, is zeros',
      `Root=1-67891234-12345678${'0'.repeat(16)}`,
    ],
    ['has a Root of zeros', `Root=1-${'0'.repeat(8)}-${'0'.repeat(24)}`],
  ])('names no trace where it %s', (_, header) => {
    expect(contextOf(header)).toBeUndefined();
  });

  it('names no trace where it comes as a list', () => {
    expect(contextOf([ROOT, ROOT])).toBeUndefined();
  });
});

it('a request without either header continues no trace', () => {
  expect(traceContextOf({})).toBeUndefined();
});
