/* link.c: a screen's hyperlinks (OSC 8) by number. */
#include "terminal/link.h"

#include "base/alloc.h"
#include "base/slice.h"

#include <assert.h>

typedef struct entry { rf_link link; uint16_t number; size_t bytes; } entry;

void rf_links_done(rf_links *links) {
    assert(links);
    for (uint32_t i = 0; links->items && i <= RF_LINKS_MAX; i++)
        rf_free(links->items[i]);
    rf_free(links->items);
    rf_table_done(&links->numbers);
    *links = (rf_links){ 0 };
}

static uint32_t after(uint32_t number) { return number >= RF_LINKS_MAX ? 1 : number + 1; }

static void forget(rf_links *links, uint32_t number) {
    entry *old = (entry *)links->items[number];
    if (!old)
        return;
    (void)rf_table_remove(&links->numbers, old->link.key);
    links->bytes -= old->bytes;
    links->items[number] = NULL;
    rf_free(old);
}

static void make_room(rf_links *links, size_t bytes) {
    forget(links, links->next);
    for (uint32_t i = 0; i < RF_LINKS_MAX && links->bytes + bytes > RF_LINKS_BYTES_MAX; i++) {
        forget(links, links->oldest);
        links->oldest = after(links->oldest);
    }
}

static bool printable(rf_slice text) {
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < 0x21 || text.data[i] > 0x7E)
            return false;
    return true;
}

static entry *make(rf_slice id, rf_slice url, uint16_t number) {
    size_t bytes = sizeof(entry) + id.len + 1 + url.len;
    entry *made = rf_alloc(bytes);
    if (!made)
        return NULL;
    char *text = (char *)(made + 1);
    if (id.len)
        memcpy(text, id.data, id.len);
    text[id.len] = ';';
    memcpy(text + id.len + 1, url.data, url.len);
    made->link = (rf_link){ { text, id.len }, { text + id.len + 1, url.len }, { text, id.len + 1 + url.len } };
    made->number = number;
    made->bytes = bytes;
    return made;
}

/* The number that the same link has already. */
static uint16_t known(const rf_links *links, rf_slice id, rf_slice url) {
    char key[RF_LINK_ID_MAX + 1 + RF_LINK_URL_MAX];
    if (id.len)
        memcpy(key, id.data, id.len);
    key[id.len] = ';';
    memcpy(key + id.len + 1, url.data, url.len);
    const entry *found = rf_table_get(&links->numbers, (rf_slice){ key, id.len + 1 + url.len });
    return found ? found->number : 0;
}

uint16_t rf_links_number(rf_links *links, rf_slice id, rf_slice url) {
    assert(links);
    if (!url.len || url.len > RF_LINK_URL_MAX || id.len > RF_LINK_ID_MAX || !printable(id) || !printable(url))
        return 0;
    uint16_t number = links->items ? known(links, id, url) : 0;
    if (number)
        return number;
    if (!links->items) {
        links->items = rf_alloc_zero(RF_LINKS_MAX + 1, sizeof *links->items);
        links->next = links->oldest = 1;
        if (!links->items)
            return 0;
    }
    number = (uint16_t)links->next;
    entry *made = make(id, url, number);
    if (!made)
        return 0;
    make_room(links, made->bytes);
    if (!rf_table_put(&links->numbers, made->link.key, made)) {
        rf_free(made);
        return 0;
    }
    links->items[number] = &made->link;
    links->bytes += made->bytes;
    links->next = after(links->next);
    return number;
}

const rf_link *rf_links_get(const rf_links *links, uint16_t number) {
    return number && number <= RF_LINKS_MAX && links->items ? links->items[number] : NULL;
}

uint16_t rf_links_open(rf_links *links, rf_slice text) {
    size_t end = rf_slice_find(text, ';');
    if (end == text.len)
        return 0;
    rf_slice params = { text.data, end }, url = { text.data + end + 1, text.len - end - 1 }, id = { NULL, 0 };
    while (params.len) {
        size_t len = rf_slice_find(params, ':');
        rf_slice one = { params.data, len };
        if (rf_slice_starts(one, RF_SLICE("id=")))
            id = (rf_slice){ one.data + 3, one.len - 3 };
        len += len < params.len;
        params = (rf_slice){ params.data + len, params.len - len };
    }
    return rf_links_number(links, id, url);
}

void rf_links_write(const rf_links *links, uint16_t number, rf_buffer *out) {
    const rf_link *link = rf_links_get(links, number);
    rf_buffer_text(out, "\x1B]8;");
    if (link && link->id.len) {
        rf_buffer_text(out, "id=");
        rf_buffer_slice(out, link->id);
    }
    rf_buffer_char(out, ';');
    if (link)
        rf_buffer_slice(out, link->url);
    rf_buffer_text(out, "\x1B\\");
}
