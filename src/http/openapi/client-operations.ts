import type { QuestionLimits } from '../../chat/question.ts';
import { completeQuery, llmQuestionSchema } from '../eventsource/request.ts';
import { completionSchema as completionBody } from '../openai/request.ts';
import {
  completionSchema,
  llmAnswerSchema,
  llmHealthSchema,
  openaiModelSchema,
  openaiModelsSchema,
  providerModelsSchema,
  providersSchema,
} from './client-schemas.ts';
import { EVENT_STREAM_REPLY, type Operation } from './operation.ts';

const messages = [{ role: 'user', content: 'What is a run?' }];

/** Routes for clients of OpenAI, and for EventSource. */
export function clientOperations(limits: QuestionLimits): Operation[] {
  return [
    {
      method: 'post',
      path: '/v1/chat/completions',
      tag: 'OpenAI',
      summary: "Answer OpenAI's clients",
      headers: ['X-Chat-Id', 'Idempotency-Key'],
      body: { schema: { name: 'CompletionRequest', schema: completionBody(limits) } },
      replies: {
        200: {
          description: 'The answer; with `stream: true` as Server-Sent Events',
          schema: { name: 'Completion', schema: completionSchema },
        },
      },
      examples: [
        { name: 'whole', status: 200, body: { messages } },
        {
          name: 'streamed',
          status: 200,
          body: { messages, stream: true, stream_options: { include_usage: true } },
        },
      ],
    },
    {
      method: 'get',
      path: '/v1/models',
      tag: 'OpenAI',
      summary: 'The models, as OpenAI lists them',
      replies: { 200: { description: 'All', schema: { name: 'OpenAIModels', schema: openaiModelsSchema } } },
      examples: [{ name: 'all', status: 200 }],
    },
    {
      method: 'get',
      path: '/v1/models/{model}',
      tag: 'OpenAI',
      summary: 'One model',
      replies: { 200: { description: 'It', schema: { name: 'OpenAIModel', schema: openaiModelSchema } } },
      examples: [{ name: 'one that there is not', status: 404, path: { model: 'nothing' } }],
    },
    {
      method: 'get',
      path: '/api/v1/llm/complete/stream',
      tag: 'EventSource',
      summary: 'Stream a completion to an EventSource',
      query: completeQuery,
      headers: ['Last-Event-ID', 'Idempotency-Key'],
      replies: { 200: EVENT_STREAM_REPLY, 204: { description: 'There is nothing more to receive.' } },
      examples: [{ name: 'a question', status: 200, query: { messages: JSON.stringify(messages) } }],
    },
    {
      method: 'post',
      path: '/api/v1/llm/complete',
      tag: 'EventSource',
      summary: 'Complete, without a stream',
      headers: ['Idempotency-Key'],
      body: { schema: { name: 'LlmQuestion', schema: llmQuestionSchema(limits) } },
      replies: { 200: { description: 'The answer', schema: { name: 'LlmAnswer', schema: llmAnswerSchema } } },
      examples: [{ name: 'a question', status: 200, body: { messages, options: { temperature: 0 } } }],
    },
    {
      method: 'get',
      path: '/api/v1/llm/providers',
      tag: 'EventSource',
      summary: 'Who answers',
      replies: { 200: { description: 'All', schema: { name: 'Providers', schema: providersSchema } } },
      examples: [{ name: 'all', status: 200 }],
    },
    {
      method: 'get',
      path: '/api/v1/llm/providers/{provider}/models',
      tag: 'EventSource',
      summary: 'What a provider offers',
      replies: {
        200: { description: 'Its models', schema: { name: 'ProviderModels', schema: providerModelsSchema } },
      },
      examples: [{ name: 'one that there is not', status: 404, path: { provider: 'nobody' } }],
    },
    {
      method: 'get',
      path: '/api/v1/llm/health',
      tag: 'EventSource',
      summary: 'Whether it takes requests',
      replies: {
        200: { description: 'It does.', schema: { name: 'LlmHealth', schema: llmHealthSchema } },
        503: { description: 'It does not.', schema: { name: 'LlmHealth', schema: llmHealthSchema } },
      },
      examples: [{ name: 'healthy', status: 200 }],
    },
  ];
}
