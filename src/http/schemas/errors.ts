import { z } from 'zod';
import { ERROR_CODES, type ErrorBody, type ErrorCode, type ErrorDetail } from '../../wire/error-codes.ts';
import { wireObject } from './wire-schema.ts';

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_CODES, code);

export const errorCodeSchema = z.enum(Object.keys(ERROR_CODES).filter(isErrorCode));

export const errorSchema = wireObject<ErrorBody>()({
  error: wireObject<ErrorBody['error']>()({
    code: errorCodeSchema,
    message: z.string(),
    details: z.array(wireObject<ErrorDetail>()({ field: z.string(), message: z.string() })).optional(),
    requestId: z.string().optional(),
  }),
}).meta({ description: 'Every error of every route.' });
