/** Environment variable of the workers: the directory of the compiled service. */
export const SERVICE_VARIABLE = 'TEST_SERVICE';
