/* script.h: a Fusabi script that a command works on: its text, its findings, and how both are shown. */
#ifndef RF_CLI_SCRIPT_H
#define RF_CLI_SCRIPT_H

#include "cli/command.h"
#include "script/fusabi/compile.h"

/* All of it lives until rf_cli_script_done(). */
typedef struct rf_cli_script {
    rf_arena arena;
    rf_fus_texts texts;
    rf_fus_diags diags;
    const char *name; /* as messages have it */
    rf_slice bytes;   /* text or .fzb */
} rf_cli_script;

void rf_cli_script_init(rf_cli_script *script);
void rf_cli_script_done(rf_cli_script *script);

/* Reads the file ("-": standard input). Errors: RF_EIO, RF_ELIMIT, RF_ENOMEM. */
RF_NODISCARD rf_code rf_cli_script_read(rf_cli_script *script, const char *path, rf_error *reterr);
/* Compiles the text, or reads the .fzb; `public_key` (32 bytes, may be NULL) must have signed it. #load reads files.
 * Errors: RF_ESCRIPT the findings have errors; RF_EPARSE, RF_EREFUSED, RF_ENOMEM. */
RF_NODISCARD rf_code rf_cli_script_compile(rf_cli_script *script, rf_fus_engine *engine, const rf_fus_compile_options *options,
                                           const uint8_t *public_key, rf_fus_program **ret_program, rf_error *reterr);

/* Writes its findings as people read them; without `warnings` the errors only. */
void rf_cli_script_findings(const rf_cli_script *script, rf_buffer *out, bool warnings);
/* Writes an error with its line, when it is in one of the script's texts, and `trace` below it. */
void rf_cli_script_error(const rf_cli_script *script, rf_buffer *out, const rf_error *error, rf_slice trace);
/* The same for any texts; `name`: of the script, when the error has no place. */
void rf_cli_show_error(rf_buffer *out, const rf_fus_texts *texts, const char *name, const rf_error *error, rf_slice trace);
/* Shows what went wrong on stderr: findings after RF_ESCRIPT of a compile, else the error. */
void rf_cli_script_complain(const rf_cli_script *script, rf_code code, const rf_error *error);

/* True when stderr is a terminal that should get colours. */
bool rf_cli_colours(void);
/* A key of 32 bytes from a file: PEM (Ed25519), 64 hex digits, or the bytes themselves. Errors: RF_EIO, RF_EPARSE, RF_ENOMEM. */
RF_NODISCARD rf_code rf_cli_key_read(const char *path, bool is_secret, uint8_t ret_key[32], rf_error *reterr);
/* Adds the rights that an option --deny names: "run,network", "all". False after complaining about one that there is not. */
bool rf_cli_parse_rights(const rf_command *command, const char *value, uint32_t *rights);
/* "64MiB", "2GB", "65536". */
bool rf_cli_parse_size(const char *text, uint64_t *ret_bytes);
/* Replaces a file as a whole: it is written beside it first. Keeps the old one's permissions. Errors: RF_EIO, RF_ENOMEM. */
RF_NODISCARD rf_code rf_cli_replace_file(const char *path, rf_slice content, rf_error *reterr);

#endif
