/* quickjs_where.c: the engine, and with it riffle_quickjs_frames(): its stack frames are known to nobody outside of its file. */
#include <quickjs.c>

#include <quickjs_where.h>

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * All of this runs in a signal's handler, which may have stopped the engine between any two instructions: a frame that was not filled yet
 * holds what an earlier call left there, and after an escape from the engine (longjmp) the list of frames leads into stack that is no
 * more. So each piece of memory is asked for before it is read, copied, and whatever was copied is checked as if a stranger had sent it.
 * The worst that comes of a wrong pointer is a wrong name in one sample.
 *
 * None of it is in the engine's own section: the signal that ends a run which takes too long (overtime.c) leaves what it finds there
 * by a jump, and this must not be left.
 */
#define WHERE static __attribute__((noinline, section("riffle_where")))
#define PAGE 4096u /* or larger: then some are asked for more than once */
#define SEEN 16u
#define FRAMES_MAX 256   /* looked at */
#define LINES_MAX (1 << 20) /* bytes of a table of lines */

/* Pages that can be read, for a few microseconds. */
typedef struct walk { JSRuntime *rt; uintptr_t seen[SEEN]; } walk;

/* The kernel looks at the new mask before it finds that the first argument is nonsense: EFAULT says that it cannot be read. */
WHERE int is_page_readable(walk *w, uintptr_t page)
{
    uintptr_t *seen = &w->seen[page / PAGE % SEEN];
    int before = errno, readable;
    if (*seen == page)
        return 1;
    readable = syscall(SYS_rt_sigprocmask, ~0, page, NULL, 8) == 0 || errno != EFAULT;
    errno = before;
    if (readable)
        *seen = page;
    return readable;
}

WHERE int is_readable(walk *w, const void *at, size_t size)
{
    uintptr_t first = (uintptr_t)at, last = first + size - 1, page;
    if (first < PAGE || last < first || size > LINES_MAX)
        return 0;
    for (page = first & ~(uintptr_t)(PAGE - 1); page <= last; page += PAGE)
        if (!is_page_readable(w, page))
            return 0;
    return 1;
}

WHERE int take(walk *w, void *ret, const void *from, size_t size)
{
    if ((uintptr_t)from % sizeof(void *) || !is_readable(w, from, size))
        return 0;
    memcpy(ret, from, size);
    return 1;
}

/* ---- Texts ---- */

WHERE uint32_t text_char(const JSString *text, uint32_t i)
{
    return text->is_wide_char ? text->u.str16[i] : text->u.str8[i];
}

WHERE uint32_t put_utf8(char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 63));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 63));
        out[2] = (char)(0x80 | (c & 63));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 63));
    out[2] = (char)(0x80 | (c >> 6 & 63));
    out[3] = (char)(0x80 | (c & 63));
    return 4;
}

/* The character at *i, which moves behind it. Half a surrogate pair becomes U+FFFD, a control character a blank. */
WHERE uint32_t next_char(const JSString *text, uint32_t end, uint32_t *i)
{
    uint32_t c = text_char(text, (*i)++), low;
    if (c < ' ')
        return ' ';
    if (c < 0xd800 || c > 0xdfff)
        return c;
    low = *i < end ? text_char(text, *i) : 0;
    if (c > 0xdbff || low < 0xdc00 || low > 0xdfff)
        return 0xfffd;
    (*i)++;
    return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
}

WHERE uint32_t put_chars(const JSString *text, uint32_t from, uint32_t end, char *out, uint32_t room)
{
    uint32_t len = 0, size;
    char bytes[4];
    while (from < end) {
        size = put_utf8(bytes, next_char(text, end, &from));
        if (size > room - len)
            break;
        memcpy(out + len, bytes, size);
        len += size;
    }
    return len;
}

/* Where to begin, so that the rest takes no more than `room` bytes. */
WHERE uint32_t tail_of(const JSString *text, uint32_t end, uint32_t room)
{
    uint32_t at = end, size, before, c;
    char bytes[4];
    while (at > 0) {
        before = at - 1;
        c = text_char(text, before);
        if (c >= 0xdc00 && c <= 0xdfff && before > 0 && (text_char(text, before - 1) & 0xfc00) == 0xd800)
            before--;
        c = before;
        size = put_utf8(bytes, next_char(text, end, &c));
        if (size > room)
            break;
        room -= size;
        at = before;
    }
    return at;
}

WHERE const JSString *atom_text(walk *w, JSAtom atom)
{
    JSString head;
    const JSString *text;
    size_t bytes;
    if (__JS_AtomIsTaggedInt(atom) || atom >= (uint32_t)w->rt->atom_size)
        return NULL;
    if (!take(w, &text, w->rt->atom_array + atom, sizeof text) || ((uintptr_t)text & 1) || !take(w, &head, text, sizeof head))
        return NULL; /* the lowest bit: a free place */
    bytes = head.is_wide_char ? (size_t)head.len * 2 : head.len;
    return bytes == 0 || is_readable(w, text->u.str8, bytes) ? text : NULL;
}

/* A function's name: as much of it as there is room for. */
WHERE void put_name(walk *w, JSAtom atom, char *out, uint32_t size)
{
    const JSString *text = atom_text(w, atom);
    uint32_t len = text ? put_chars(text, 0, text->len, out, size - 1) : 0;
    out[len] = '\0';
}

/* A file's: its end tells more than its front, which becomes "…". */
WHERE void put_file(walk *w, JSAtom atom, char *out, uint32_t size)
{
    const JSString *text = atom_text(w, atom);
    uint32_t len = 0, from = text ? tail_of(text, text->len, size - 1) : 0;
    if (from > 0) {
        len = put_utf8(out, 0x2026);
        from = tail_of(text, text->len, size - 1 - len);
    }
    if (text)
        len += put_chars(text, from, text->len, out + len, size - 1 - len);
    out[len] = '\0';
}

/* ---- Lines ---- */

typedef struct reader { const uint8_t *at, *end; } reader;

WHERE int read_number(reader *r, uint32_t *ret)
{
    uint32_t value = 0, shift;
    for (shift = 0; shift < 35 && r->at < r->end; shift += 7) {
        uint8_t byte = *r->at++;
        value |= (uint32_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) {
            *ret = value;
            return 1;
        }
    }
    return 0;
}

WHERE int32_t signed_of(uint32_t value)
{
    return (int32_t)((value >> 1) ^ (0u - (value & 1)));
}

/* One entry: how many bytes of code the line so far goes on for, and how far off the next one is. */
WHERE int read_step(reader *r, uint32_t *ret_bytes, int32_t *ret_lines)
{
    uint32_t op = *r->at++, value;
    if (op) {
        op -= PC2LINE_OP_FIRST;
        *ret_bytes = op / PC2LINE_RANGE;
        *ret_lines = (int32_t)(op % PC2LINE_RANGE) + PC2LINE_BASE;
    } else {
        if (!read_number(r, ret_bytes) || !read_number(r, &value))
            return 0;
        *ret_lines = signed_of(value);
    }
    return read_number(r, &value); /* columns */
}

/* As the engine's find_line_num(). `pc` UINT32_MAX: the line of the function itself. */
WHERE uint32_t line_at(walk *w, const JSFunctionBytecode *b, uint32_t pc)
{
    reader r = { b->debug.pc2line_buf, b->debug.pc2line_buf + b->debug.pc2line_len };
    uint32_t line, value, at = 0, bytes;
    int32_t lines;
    if (b->debug.pc2line_len <= 0 || !is_readable(w, r.at, (size_t)b->debug.pc2line_len) || !read_number(&r, &line) || !read_number(&r, &value))
        return 0;
    line++;
    while (pc != UINT32_MAX && r.at < r.end && read_step(&r, &bytes, &lines)) {
        at += bytes;
        if (pc < at)
            break;
        line += (uint32_t)lines;
    }
    return line;
}

/* ---- Frames ---- */

WHERE int has_code(uint32_t class_id)
{
    return class_id == JS_CLASS_BYTECODE_FUNCTION || class_id == JS_CLASS_GENERATOR_FUNCTION || class_id == JS_CLASS_ASYNC_FUNCTION ||
           class_id == JS_CLASS_ASYNC_GENERATOR_FUNCTION;
}

/* False: no function in JavaScript. */
WHERE int describe(walk *w, const JSStackFrame *sf, riffle_quickjs_frame *ret)
{
    JSObject function;
    JSFunctionBytecode b;
    uint32_t pc;
    if (JS_VALUE_GET_TAG(sf->cur_func) != JS_TAG_OBJECT || !take(w, &function, JS_VALUE_GET_PTR(sf->cur_func), sizeof function))
        return 0;
    if (!has_code(function.class_id) || !take(w, &b, function.u.func.function_bytecode, sizeof b))
        return 0;
    put_name(w, b.func_name, ret->function, sizeof ret->function);
    ret->file[0] = '\0';
    ret->line = 0;
    if (!b.has_debug)
        return 1;
    put_file(w, b.debug.filename, ret->file, sizeof ret->file);
    pc = (uint32_t)((uintptr_t)sf->cur_pc - (uintptr_t)b.byte_code_buf - 1); /* it is behind the instruction */
    if ((uintptr_t)sf->cur_pc <= (uintptr_t)b.byte_code_buf || (uintptr_t)sf->cur_pc > (uintptr_t)b.byte_code_buf + (uint32_t)b.byte_code_len)
        pc = UINT32_MAX; /* it has not begun */
    ret->line = line_at(w, &b, pc);
    return 1;
}

__attribute__((section("riffle_where"))) uint32_t riffle_quickjs_frames(JSRuntime *rt, riffle_quickjs_frame *ret_frames, uint32_t max)
{
    walk w = { .rt = rt };
    JSStackFrame frame, *sf;
    uint32_t count = 0, looked;
    if (!take(&w, &sf, &rt->current_stack_frame, sizeof sf))
        return 0;
    for (looked = 0; sf && looked < FRAMES_MAX && count < max; looked++) {
        if (!take(&w, &frame, sf, sizeof frame))
            break;
        count += (uint32_t)describe(&w, &frame, &ret_frames[count]);
        sf = frame.prev_frame;
    }
    return count;
}
