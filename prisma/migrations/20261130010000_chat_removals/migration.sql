-- CreateTable
CREATE TABLE "ChatRemoval" (
    "chatId" TEXT NOT NULL PRIMARY KEY
);
