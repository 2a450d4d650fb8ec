-- CreateTable
CREATE TABLE "File" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "ownerId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "mediaType" TEXT NOT NULL,
    "bytes" INTEGER NOT NULL,
    "sha256" TEXT NOT NULL,
    "width" INTEGER,
    "height" INTEGER,
    "pages" INTEGER,
    "place" TEXT NOT NULL,
    "uploadedAt" DATETIME NOT NULL
);

-- CreateIndex
CREATE INDEX "File_ownerId_bytes_idx" ON "File"("ownerId", "bytes");

-- CreateIndex
CREATE INDEX "File_place_name_idx" ON "File"("place", "name");

-- CreateIndex
CREATE INDEX "File_uploadedAt_idx" ON "File"("uploadedAt");
