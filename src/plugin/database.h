/* database.h: one SQLite file of ours: opened, set aside when it is damaged, with its statements at hand. */
#ifndef RF_PLUGIN_DATABASE_H
#define RF_PLUGIN_DATABASE_H

#include "riffle/error.h"

#include <sqlite3.h>
#include <stdbool.h>

#define RF_DATABASE_STATEMENTS_MAX 16u

/* What stands in it. Static. */
typedef struct rf_database_plan {
    const char *what;    /* for messages: "store" */
    int format;          /* its `user_version`, from 1 on; the schema sets it */
    const char *schema;  /* for an empty file: in one transaction */
    const char *const *statements;
    size_t statement_count;
} rf_database_plan;

/* Zeroed is closed. Who uses it locks it: it has no lock of its own. */
typedef struct rf_database {
    const rf_database_plan *plan;
    char *path;     /* for messages */
    sqlite3 *db;
    sqlite3_stmt *statements[RF_DATABASE_STATEMENTS_MAX]; /* reset when not running */
} rf_database;

/* Opens or makes the file (folders too, 0700; the file 0600; WAL, synchronous NORMAL). ":memory:" for tests. A damaged file is set aside as
 * PATH.damaged and begun anew; *ret_set_aside says so. One of a newer format is refused. Errors: RF_EIO, RF_ENOMEM;
 * then it wants rf_database_close(), too. */
RF_NODISCARD rf_code rf_database_open(rf_database *database, const rf_database_plan *plan, const char *path, bool *ret_set_aside,
                                      rf_error *reterr);
void rf_database_close(rf_database *database);
/* SQLite's last error in our words. */
RF_NODISCARD rf_code rf_database_failed(const rf_database *database, rf_error *reterr);

/* Binds a text as a blob (compared bytewise, NULs and all); it must live until the statement is reset. SQLITE_OK, or SQLite's error. */
int rf_database_bind(sqlite3_stmt *of, int at, rf_slice bytes);
/* Binds the texts, from the first parameter on, and takes the first step. */
int rf_database_start(const rf_database *database, size_t which, const rf_slice *texts, int count);
/* The same, of one that gives no rows; and resets it. */
RF_NODISCARD rf_code rf_database_run(const rf_database *database, size_t which, const rf_slice *texts, int count, rf_error *reterr);
/* Runs the statement, which is ROLLBACK, when a transaction is open. */
void rf_database_roll_back(const rf_database *database, size_t which);
void rf_database_reset(const rf_database *database, size_t which);
/* A column of the row; until the next step. */
rf_slice rf_database_column(sqlite3_stmt *of, int at);

#endif
