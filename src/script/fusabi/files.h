/* files.h: scripts in files: reading one, and what #load finds. */
#ifndef RF_SCRIPT_FUSABI_FILES_H
#define RF_SCRIPT_FUSABI_FILES_H

#include "script/fusabi/parse.h"

/* More than any script needs: a bound on what a mistake in a name can do. */
#define RF_FUS_FILE_MAX ((size_t)256 << 20)

/* The bytes of a file, in `arena`, with a NUL behind; "-" is standard input. Errors: RF_EIO with the name; RF_ELIMIT; RF_ENOMEM. */
RF_NODISCARD rf_code rf_fus_file_read(rf_arena *arena, const char *path, rf_slice *ret_bytes, rf_error *reterr);
/* A text that is not UTF-8 is refused at its place. Errors: RF_EPARSE. */
RF_NODISCARD rf_code rf_fus_text_check(const char *name, rf_slice text, rf_error *reterr);
/* `path` as seen from the folder of the text `from`, in `arena`. Errors: RF_EIO it is no name; RF_ENOMEM. */
RF_NODISCARD rf_code rf_fus_file_path(rf_arena *arena, const char *from, rf_slice path, const char **ret_path, rf_error *reterr);
/* #load from files, relative to the folder of the text that names them. */
extern const rf_fus_loader rf_fus_file_loader;

#endif
