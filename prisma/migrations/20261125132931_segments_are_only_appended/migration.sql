-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_RunSegment" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "runId" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "text" TEXT NOT NULL
);
INSERT INTO "new_RunSegment" ("kind", "position", "runId", "text") SELECT "kind", "position", "runId", "text" FROM "RunSegment";
DROP TABLE "RunSegment";
ALTER TABLE "new_RunSegment" RENAME TO "RunSegment";
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;
