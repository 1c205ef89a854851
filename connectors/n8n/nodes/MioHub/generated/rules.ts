// Generated from schemas/ by `make connectors`. Do not edit.

export const PHONE_NUMBER = /^\+[1-9][0-9]{6,14}$/;

export const ESSENTIAL = [
  "id",
  "status",
  "name",
  "toNumber",
  "answeredBy",
  "summary",
  "transcript",
  "duration",
  "cost",
  "endReason",
];

export const LONGEST_WAIT = 3600;
