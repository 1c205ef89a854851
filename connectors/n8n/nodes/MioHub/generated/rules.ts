// Generated from schemas/ by `make connectors`. Do not edit.

export const PHONE_NUMBER = /^\+[1-9][0-9]{6,14}$/;

export const CALL_ID = /^[0-9a-fA-F-]{36}$/;

export const DEDUPLICATION_KEY = /^[\x20-\x7e]+$/;

export const LONGEST_KEY = 255;

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

export const LONGEST_OF_ALL = 2592000;
