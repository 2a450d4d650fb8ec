-- DropIndex
DROP INDEX "Run_model_createdAt_idx";
