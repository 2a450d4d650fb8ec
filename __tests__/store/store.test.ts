import { storeContract } from '../support/store-contract.ts';
import { temporaryDatabase } from '../support/store-database.ts';

storeContract('SQLite', temporaryDatabase);
