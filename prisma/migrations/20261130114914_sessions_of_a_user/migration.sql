-- CreateIndex
CREATE INDEX "Session_ownerId_lastSeenAt_idx" ON "Session"("ownerId", "lastSeenAt");
