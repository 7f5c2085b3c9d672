/** The AWS account that owns everything here. */
export const accountId = '000000000000';
