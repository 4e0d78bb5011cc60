/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/yaml.h"

#include <inttypes.h>
#include <string.h>
#include <yaml.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "codec/yaml_node.h"
#include "codec/yaml_scalar.h"

#define CORE_TAG "tag:yaml.org,2002:"

typedef struct anchor {
    char *name;
    evc_yaml *node;
} anchor;

typedef struct reader {
    yaml_parser_t parser;
    const char *what;
    evc_yaml_doc *doc;
    evc_yaml *open[EVC_YAML_MAX_DEPTH];
    const evc_yaml *names[EVC_YAML_MAX_DEPTH]; /* that wait for their values */
    size_t depth;
    uint32_t nodes;
    anchor *anchors; /* of the document at hand */
    size_t anchor_count;
    size_t anchor_capacity;
} reader;

static int
refuse(const reader *r, size_t line, const char *why, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_YAML, "cannot read %s: %s, at line %zu", r->what,
                   why, line);
}

static int
refuse_node(const reader *r, const evc_yaml *node, const char *why, evc_error **err)
{
    return refuse(r, node->line, why, err);
}

static int
new_node(reader *r, evc_yaml_kind kind, size_t line, evc_yaml **out, evc_error **err)
{
    if (r->nodes == EVC_YAML_MAX_NODES)
        return refuse(r, line, "it has too many nodes", err);
    r->nodes++;
    return evc_yaml_node_new(r->doc, kind, line, out, err);
}

static int
check_name(const reader *r, const evc_yaml *node, evc_error **err)
{
    if (node->kind != EVC_YAML_TEXT)
        return refuse_node(r, node, "a name is no text", err);
    if (node->plain && evc_view_is_text(evc_view_text(node->text), "<<"))
        return refuse_node(
            r, node, "there is a merge key (<<); write out what it stands for", err);
    if (memchr(node->text, '\0', node->size))
        return refuse_node(r, node, "a name holds a NUL", err);
    return 0;
}

/* Puts a node where it belongs: a list's element, a map's name or value, a whole document. */
static int
place(reader *r, const evc_yaml *node, evc_error **err)
{
    size_t inner = r->depth - 1;
    const evc_yaml *name;
    int rc;

    if (r->depth == 0)
        return evc_yaml_doc_add_root(r->doc, node, err);
    if (r->open[inner]->kind == EVC_YAML_LIST)
        return evc_yaml_node_add(r->open[inner], NULL, node, err);
    name = r->names[inner];
    if (!name) {
        rc = check_name(r, node, err);
        if (!rc)
            r->names[inner] = node;
        return rc;
    }
    r->names[inner] = NULL;
    return evc_yaml_node_add(r->open[inner], name, node, err);
}

static int
remember_anchor(reader *r, const char *name, evc_yaml *node, evc_error **err)
{
    void *anchors = r->anchors;
    char *copy;
    int rc;

    if (!name)
        return 0;
    if (r->anchor_count == EVC_YAML_MAX_ANCHORS)
        return refuse_node(r, node, "it has too many anchors", err);
    rc = evc_yaml_make_room(&anchors, r->anchor_count, &r->anchor_capacity,
                            sizeof *r->anchors, err);
    r->anchors = anchors;
    if (rc)
        return rc;
    copy = evc_mem_strdup(name);
    if (!copy)
        return evc_err_nomem(err);
    r->anchors[r->anchor_count++] = (anchor){copy, node};
    return 0;
}

static void
forget_anchors(reader *r)
{
    while (r->anchor_count > 0)
        evc_mem_free(r->anchors[--r->anchor_count].name);
}

/* The last one of a name wins, as in the text. */
static evc_yaml *
find_anchor(const reader *r, const char *name)
{
    for (size_t i = r->anchor_count; i-- > 0;) {
        if (strcmp(r->anchors[i].name, name) == 0)
            return r->anchors[i].node;
    }
    return NULL;
}

static int
take_alias(reader *r, const yaml_event_t *event, evc_error **err)
{
    const evc_yaml *node = find_anchor(r, (const char *)event->data.alias.anchor);
    size_t line = event->start_mark.line + 1;

    if (!node)
        return refuse(r, line, "an alias stands for nothing", err);
    if (node->open)
        return refuse(r, line, "an alias stands for what it is in", err);
    if (r->depth + node->height > EVC_YAML_MAX_DEPTH)
        return refuse(r, line, "it nests too deep", err);
    if (node->weight > EVC_YAML_MAX_NODES - r->nodes)
        return refuse(r, line, "it has too many nodes", err);
    r->nodes += node->weight;
    return place(r, node, err);
}

/* NULL when it may be, or why not; *scalar becomes what the tag makes of it. */
static const char *
apply_tag(const char *tag, bool plain, evc_yaml_scalar *scalar)
{
    static const struct known {
        const char *tag;
        evc_yaml_scalar scalar;
    } known[] = {{CORE_TAG "null", EVC_YAML_SCALAR_NULL},
                 {CORE_TAG "bool", EVC_YAML_SCALAR_TRUE},
                 {CORE_TAG "bool", EVC_YAML_SCALAR_FALSE},
                 {CORE_TAG "int", EVC_YAML_SCALAR_NUMBER},
                 {CORE_TAG "float", EVC_YAML_SCALAR_NUMBER}};

    if (!tag)
        return NULL;
    if (strcmp(tag, CORE_TAG "str") == 0) {
        *scalar = EVC_YAML_SCALAR_TEXT;
        return NULL;
    }
    for (size_t i = 0; plain && i < sizeof known / sizeof known[0]; i++) {
        if (*scalar == known[i].scalar && strcmp(tag, known[i].tag) == 0)
            return NULL;
    }
    return "a tag is unknown, or contradicts what it stands at";
}

static int
take_scalar(reader *r, const yaml_event_t *event, evc_error **err)
{
    const char *tag = (const char *)event->data.scalar.tag;
    evc_view text = evc_view_of(event->data.scalar.value, event->data.scalar.length);
    bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    evc_yaml_scalar scalar = plain ? evc_yaml_scalar_of(text) : EVC_YAML_SCALAR_TEXT;
    const char *why = apply_tag(tag, plain, &scalar);
    size_t line = event->start_mark.line + 1;
    evc_yaml *node;
    int rc;

    if (why)
        return refuse(r, line, why, err);
    rc = new_node(r, scalar == EVC_YAML_SCALAR_NULL ? EVC_YAML_NULL : EVC_YAML_TEXT,
                  line, &node, err);
    if (!rc)
        rc = evc_yaml_node_set_text(node, text, err);
    if (rc)
        return rc;
    node->plain = plain && !(tag && scalar == EVC_YAML_SCALAR_TEXT);
    rc = remember_anchor(r, (const char *)event->data.scalar.anchor, node, err);
    return rc ? rc : place(r, node, err);
}

static int
take_opening(reader *r, const yaml_event_t *event, evc_error **err)
{
    bool list = event->type == YAML_SEQUENCE_START_EVENT;
    const yaml_char_t *tag =
        list ? event->data.sequence_start.tag : event->data.mapping_start.tag;
    const yaml_char_t *name =
        list ? event->data.sequence_start.anchor : event->data.mapping_start.anchor;
    size_t line = event->start_mark.line + 1;
    evc_yaml *node;
    int rc;

    if (r->depth == EVC_YAML_MAX_DEPTH)
        return refuse(r, line, "it nests too deep", err);
    if (tag && strcmp((const char *)tag, list ? CORE_TAG "seq" : CORE_TAG "map") != 0)
        return refuse(r, line, "a tag is unknown, or contradicts what it stands at",
                      err);
    rc = new_node(r, list ? EVC_YAML_LIST : EVC_YAML_MAP, line, &node, err);
    if (!rc)
        rc = remember_anchor(r, (const char *)name, node, err);
    if (!rc)
        rc = place(r, node, err);
    if (rc)
        return rc;
    node->open = true;
    r->names[r->depth] = NULL;
    r->open[r->depth++] = node;
    return 0;
}

static int
take_closing(reader *r, evc_error **err)
{
    evc_yaml *node = r->open[--r->depth];
    size_t twin = 0;
    int rc = 0;

    node->open = false;
    evc_yaml_node_weigh(node);
    if (node->kind == EVC_YAML_MAP)
        rc = evc_yaml_node_find_twin(node, &twin, err);
    return twin ? refuse(r, twin, "a name appears twice in one mapping", err) : rc;
}

static int
take_event(reader *r, const yaml_event_t *event, evc_error **err)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        forget_anchors(r);
        return 0;
    case YAML_ALIAS_EVENT:
        return take_alias(r, event, err);
    case YAML_SCALAR_EVENT:
        return take_scalar(r, event, err);
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT:
        return take_opening(r, event, err);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return take_closing(r, err);
    default:
        return 0;
    }
}

static void
delete_event(yaml_event_t *event)
{
    if (event->type == YAML_SCALAR_EVENT)
        evc_mem_wipe(event->data.scalar.value, event->data.scalar.length);
    yaml_event_delete(event);
}

static void
delete_parser(yaml_parser_t *parser)
{
    for (yaml_token_t *token = parser->tokens.head; token < parser->tokens.tail;
         token++) {
        if (token->type == YAML_SCALAR_TOKEN)
            evc_mem_wipe(token->data.scalar.value, token->data.scalar.length);
    }
    evc_mem_wipe(parser->raw_buffer.start,
                 (size_t)(parser->raw_buffer.end - parser->raw_buffer.start));
    evc_mem_wipe(parser->buffer.start,
                 (size_t)(parser->buffer.end - parser->buffer.start));
    yaml_parser_delete(parser);
}

/* libyaml's reader tells the byte and not the line. */
static size_t
line_of(evc_view text, size_t offset)
{
    size_t line = 1;

    for (size_t i = 0; i < text.size && i < offset; i++)
        line += text.data[i] == '\n';
    return line;
}

/* What libyaml says is one of its own sentences; it quotes nothing. */
static int
refuse_text(const reader *r, evc_view text, evc_error **err)
{
    const yaml_parser_t *parser = &r->parser;

    if (parser->error == YAML_MEMORY_ERROR)
        return evc_err_nomem(err);
    return refuse(r,
                  parser->error == YAML_READER_ERROR
                      ? line_of(text, parser->problem_offset)
                      : parser->problem_mark.line + 1,
                  parser->problem ? parser->problem : "it is no YAML", err);
}

static int
read_events(reader *r, evc_view text, evc_error **err)
{
    bool ended = false;
    int rc = 0;

    while (!rc && !ended) {
        yaml_event_t event;

        if (!yaml_parser_parse(&r->parser, &event))
            return refuse_text(r, text, err);
        ended = event.type == YAML_STREAM_END_EVENT;
        rc = take_event(r, &event, err);
        delete_event(&event);
    }
    return rc;
}

static int
read_text(evc_view text, const char *what, evc_yaml_doc *doc, evc_error **err)
{
    reader r = {.what = what, .doc = doc};
    int rc;

    if (!yaml_parser_initialize(&r.parser))
        return evc_err_nomem(err);
    yaml_parser_set_input_string(
        &r.parser, text.size > 0 ? text.data : (const uint8_t *)"", text.size);
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    rc = read_events(&r, text, err);
    forget_anchors(&r);
    evc_mem_free(r.anchors);
    delete_parser(&r.parser);
    return rc;
}

static const char *
reason_before(evc_view text)
{
    if (text.size > EVC_YAML_MAX_SIZE)
        return "it is too large";
    if (text.size > 0 && memchr(text.data, '\0', text.size))
        return "it holds a NUL, as a text in UTF-16 does";
    if (!evc_is_utf8(text))
        return "it is not valid UTF-8";
    return NULL;
}

static evc_view
without_mark(evc_view text)
{
    evc_cursor c = evc_cursor_of_view(text);

    if (!evc_view_starts_with(text, "\xef\xbb\xbf"))
        return text;
    (void)evc_cursor_bytes(&c, 3);
    return evc_cursor_bytes(&c, evc_cursor_left(&c));
}

int
evc_yaml_parse(evc_view text, const char *what, evc_yaml_doc **out, evc_error **err)
{
    const char *before = reason_before(text);
    evc_yaml_doc *doc;
    int rc;

    *out = NULL;
    if (before)
        return evc_err(err, ENVCRYPT_E_YAML, "cannot read %s: %s", what, before);
    doc = evc_mem_new(sizeof *doc);
    if (!doc)
        return evc_err_nomem(err);
    rc = read_text(without_mark(text), what, doc, err);
    if (rc) {
        evc_yaml_doc_free(doc);
        return rc;
    }
    *out = doc;
    return 0;
}

void
evc_yaml_free(evc_yaml_doc *doc)
{
    evc_yaml_doc_free(doc);
}

size_t
evc_yaml_documents(const evc_yaml_doc *doc)
{
    return doc->count;
}

const evc_yaml *
evc_yaml_root(const evc_yaml_doc *doc, size_t index)
{
    return index < doc->count ? doc->roots[index] : NULL;
}

evc_yaml_kind
evc_yaml_kind_of(const evc_yaml *node)
{
    return node ? node->kind : EVC_YAML_NULL;
}

uint32_t
evc_yaml_line(const evc_yaml *node)
{
    return node ? node->line : 0;
}

size_t
evc_yaml_count(const evc_yaml *node)
{
    return node ? node->count : 0;
}

const evc_yaml *
evc_yaml_at(const evc_yaml *node, size_t index)
{
    return index < evc_yaml_count(node) ? node->children[index].value : NULL;
}

const char *
evc_yaml_name_at(const evc_yaml *map, size_t index)
{
    if (evc_yaml_kind_of(map) != EVC_YAML_MAP || index >= map->count)
        return NULL;
    return map->children[index].name->text;
}

const evc_yaml *
evc_yaml_get(const evc_yaml *map, const char *name)
{
    for (size_t i = 0; evc_yaml_name_at(map, i); i++) {
        if (strcmp(evc_yaml_name_at(map, i), name) == 0)
            return map->children[i].value;
    }
    return NULL;
}

const char *
evc_yaml_text(const evc_yaml *node, size_t *size)
{
    bool has = evc_yaml_kind_of(node) == EVC_YAML_TEXT;

    if (size)
        *size = has ? node->size : 0;
    return has ? node->text : NULL;
}

bool
evc_yaml_is_plain(const evc_yaml *node)
{
    return node && node->plain;
}

static int
wrong(const evc_yaml *node, const char *name, const char *why, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_YAML, "member \"%s\" at line %" PRIu32 " %s", name,
                   node->line, why);
}

/* What Kubernetes takes a scalar for; a list or map counts as a text. */
static evc_yaml_scalar
scalar_of(const evc_yaml *node)
{
    if (evc_yaml_kind_of(node) == EVC_YAML_NULL)
        return EVC_YAML_SCALAR_NULL;
    return node->plain ? evc_yaml_scalar_of(evc_view_of(node->text, node->size))
                       : EVC_YAML_SCALAR_TEXT;
}

int
evc_yaml_text_opt(const evc_yaml *map, const char *name, const char **out,
                  evc_error **err)
{
    const evc_yaml *node = evc_yaml_get(map, name);

    if (evc_yaml_kind_of(node) == EVC_YAML_NULL)
        return 0;
    if (node->kind != EVC_YAML_TEXT)
        return wrong(node, name, "is not a text", err);
    if (scalar_of(node) != EVC_YAML_SCALAR_TEXT)
        return wrong(
            node, name,
            "is a number or a truth value to Kubernetes, not a text; write it in "
            "quotes",
            err);
    if (memchr(node->text, '\0', node->size))
        return wrong(node, name, "holds a NUL", err);
    *out = node->text;
    return 0;
}

int
evc_yaml_bool_opt(const evc_yaml *map, const char *name, bool *out, evc_error **err)
{
    const evc_yaml *node = evc_yaml_get(map, name);
    evc_yaml_scalar scalar = scalar_of(node);

    if (scalar == EVC_YAML_SCALAR_NULL)
        return 0;
    if (scalar != EVC_YAML_SCALAR_TRUE && scalar != EVC_YAML_SCALAR_FALSE)
        return wrong(node, name, "is not true or false, without quotes", err);
    *out = scalar == EVC_YAML_SCALAR_TRUE;
    return 0;
}

/* Of up to 18 digits, which cannot overflow; without zeros before them. */
static bool
read_integer(const char *text, int64_t *out)
{
    bool negative = text[0] == '-';
    size_t first = negative ? 1 : 0;
    int64_t value = 0;
    size_t at = first;

    for (; text[at] >= '0' && text[at] <= '9' && at - first < 18; at++)
        value = value * 10 + (text[at] - '0');
    if (at == first || text[at] || (text[first] == '0' && at - first > 1))
        return false;
    *out = negative ? -value : value;
    return true;
}

int
evc_yaml_integer_opt(const evc_yaml *map, const char *name, int64_t min, int64_t max,
                     int64_t *out, evc_error **err)
{
    const evc_yaml *node = evc_yaml_get(map, name);
    evc_yaml_scalar scalar = scalar_of(node);
    int64_t value = 0;

    if (scalar == EVC_YAML_SCALAR_NULL)
        return 0;
    if (scalar != EVC_YAML_SCALAR_NUMBER || !read_integer(node->text, &value))
        return wrong(node, name, "is not a whole number in plain digits", err);
    if (value < min || value > max)
        return evc_err(err, ENVCRYPT_E_YAML,
                       "member \"%s\" at line %" PRIu32 " is not between %" PRId64
                       " and %" PRId64,
                       name, node->line, min, max);
    *out = value;
    return 0;
}

static int
collection_opt(const evc_yaml *map, const char *name, evc_yaml_kind kind,
               const evc_yaml **out, evc_error **err)
{
    const evc_yaml *node = evc_yaml_get(map, name);

    if (evc_yaml_kind_of(node) == EVC_YAML_NULL)
        return 0;
    if (node->kind != kind)
        return wrong(node, name,
                     kind == EVC_YAML_LIST ? "is not a list" : "is not a mapping", err);
    *out = node;
    return 0;
}

int
evc_yaml_list_opt(const evc_yaml *map, const char *name, const evc_yaml **out,
                  evc_error **err)
{
    return collection_opt(map, name, EVC_YAML_LIST, out, err);
}

int
evc_yaml_map_opt(const evc_yaml *map, const char *name, const evc_yaml **out,
                 evc_error **err)
{
    return collection_opt(map, name, EVC_YAML_MAP, out, err);
}
