-- CreateTable
CREATE TABLE "SharedSnapshot" (
    "collection" TEXT NOT NULL,
    "documentId" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "type" TEXT,
    "data" TEXT,
    "meta" TEXT,

    PRIMARY KEY ("collection", "documentId")
);

-- CreateTable
CREATE TABLE "SharedOp" (
    "collection" TEXT NOT NULL,
    "documentId" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "op" TEXT NOT NULL,
    "meta" TEXT,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,

    PRIMARY KEY ("collection", "documentId", "version")
);

-- CreateIndex
CREATE INDEX "SharedOp_createdAt_idx" ON "SharedOp"("createdAt");
