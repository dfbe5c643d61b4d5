/* scan_tar.c: the files of a tape archive, one message each. */
#include "components/inputs/scanner.h"

#include "base/slice.h"
#include "components/pack/container.h"

/* Looks at the next file. RF_SCANNED: all of it is there. */
static rf_scanned look(rf_scanner *scanner, const rf_line_reader *reader, rf_tar_head *ret_head) {
    const rf_slice left = rf_reader_left(reader);
    rf_error error = { 0 };
    if (left.len < RF_TAR_BLOCK && !reader->ended)
        return RF_SCANNED_NONE;
    if (left.len == 0)
        return RF_SCANNED_END;
    if (left.len < RF_TAR_BLOCK)
        return rf_scan_give_up(scanner, "unexpected EOF");
    const rf_code code = rf_tar_read_head(left.data, ret_head, &error);
    if (code == RF_ECLOSED) {
        scanner->finished = true;
        return RF_SCANNED_END;
    }
    if (code)
        return rf_scan_give_up(scanner, "%.200s", error.message);
    if (ret_head->size > RF_SCAN_BYTES_MAX)
        return rf_scan_give_up(scanner, "a file of more than %zu bytes, which is the most for one message", RF_SCAN_BYTES_MAX);
    if (left.len >= RF_TAR_BLOCK + ret_head->padded)
        return RF_SCANNED;
    if (!reader->ended)
        return RF_SCANNED_NONE;
    return left.len >= RF_TAR_BLOCK + ret_head->size ? RF_SCANNED : rf_scan_give_up(scanner, "unexpected EOF");
}

static void pass(rf_line_reader *reader, uint64_t bytes) {
    const size_t left = rf_reader_left(reader).len;
    rf_line_reader_pass(reader, bytes < left ? (size_t)bytes : left);
}

static rf_scanned take(rf_line_reader *reader, const rf_tar_head *head, rf_batch *batch, rf_message *ret_message) {
    const rf_slice name = rf_slice_dup_in(&batch->arena, head->name);
    pass(reader, RF_TAR_BLOCK);
    rf_scanned got = rf_scan_take(reader, (size_t)head->size, batch, ret_message);
    if (got != RF_SCANNED || !name.data || !rf_batch_set_meta(batch, ret_message, RF_SLICE("tar_name"), rf_string(name)))
        return RF_SCANNED_FAILED;
    pass(reader, head->padded - head->size);
    return RF_SCANNED;
}

static rf_scanned tar_next(rf_scanner *scanner, rf_line_reader *reader, rf_batch *batch, rf_message *ret_message) {
    while (!scanner->finished) {
        rf_tar_head head;
        const rf_scanned seen = look(scanner, reader, &head);
        if (seen != RF_SCANNED)
            return seen;
        if (head.plain)
            return take(reader, &head, batch, ret_message);
        pass(reader, RF_TAR_BLOCK + head.padded);
    }
    return RF_SCANNED_END;
}

const rf_scan_kind rf_scan_tar = { "tar", NULL, tar_next, false };
