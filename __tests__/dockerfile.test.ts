import { readFileSync } from 'node:fs';
import { ignored, parseDockerfile } from '../scripts/dockerfile.ts';

describe('the image', () => {
  const steps = parseDockerfile(readFileSync('Dockerfile', 'utf8'));
  const outside = ignored(readFileSync('.dockerignore', 'utf8'));

  it('is never made of secrets, data, or what is built inside', () => {
    const kept = [
      '.env',
      '.env.local',
      'data/chat.db',
      'chat.db',
      'node_modules/zod/index.js',
      'dist/main.js',
    ];
    expect(kept.filter((path) => !outside(path))).toEqual([]);
  });

  it('is made of what the build and the server need', () => {
    const needed = [
      'package.json',
      'package-lock.json',
      'tsconfig.build.json',
      'config/default.toml',
      'prisma/schema.prisma',
      'prisma/migrations/migration_lock.toml',
      'scripts/generate.js',
      'src/main.ts',
      'src/store/database.ts',
    ];
    expect(needed.filter(outside)).toEqual([]);
  });

  it('runs as another user than root, is looked after, and gets its signals itself', () => {
    const last = steps.slice(steps.findLastIndex(({ instruction }) => instruction === 'FROM'));
    const textOf = (name: string) => last.find(({ instruction }) => instruction === name)?.value;
    expect(textOf('USER')).toBe('node');
    expect(textOf('HEALTHCHECK')).toContain('/healthz');
    expect(textOf('CMD')).toBe('["node", "dist/main.js"]');
  });
});
