/** Something that the reader has to mend before set-up can go on: one sentence of what, one of how. */
export class SetupProblem extends Error {}
