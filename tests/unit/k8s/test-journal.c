/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/journal.h"

#include <errno.h>
#include <unistd.h>

#include "base/encode.h"
#include "crypto/digest.h"
#include "evc-alloc.h"
#include "evc-io.h"
#include "journal-fixture.h"

#define NOBODY 65534

static evc_kube_journal *j;
static evc_kube_run found_run;
static bool found;

static int
open_as(const evc_kube_run_id *as, evc_error **err)
{
    return evc_kube_journal_open(crypto, evc_folder_path("journal"), as, &j, &found_run,
                                 &found, err);
}

static void
reopen(void)
{
    evc_kube_journal_close(j);
    EVC_CHECK_OK(open_as(&id, NULL));
}

static void
begin(void)
{
    EVC_CHECK_OK(open_as(&id, NULL));
    EVC_CHECK_OK(evc_kube_journal_begin(j, &run, NULL));
}

static void
done(uint64_t page, const char *name, const char *version, evc_settled how)
{
    evc_kube_object object = object_of("ns", name, version);

    evc_kube_run_count(&run, &object, how);
    EVC_CHECK_OK(evc_kube_journal_done(j, page, &object, how, NULL));
}

static void
page_up_to(uint64_t number, const char *token, const char *reached)
{
    EVC_CHECK_OK(evc_kube_journal_page(j, number, "ns", evc_view_text(token),
                                       evc_view_text(reached), &run, NULL));
}

static void
page(uint64_t number, const char *token)
{
    page_up_to(number, token, "");
}

static void
end(void)
{
    run.ended_ms = run.began_ms + 1000;
    EVC_CHECK_OK(evc_kube_journal_end(j, &run, NULL));
}

static bool
has(const char *name)
{
    evc_kube_object object = object_of("ns", name, "1");

    return evc_kube_journal_has(j, &object);
}

/* --- what is kept --- */

START_TEST(a_new_journal_has_nothing)
{
    EVC_CHECK_OK(open_as(&id, NULL));
    ck_assert(!found);
    ck_assert_ptr_null(evc_kube_journal_shown(j));
    ck_assert_ptr_null(evc_kube_journal_ended(j));
    evc_kube_journal_close(j);
}
END_TEST

START_TEST(an_interrupted_run_goes_on_where_it_was)
{
    begin();
    done(1, "a", "1", EVC_SETTLED_REWRITTEN);
    done(2, "b", "2", EVC_SETTLED_CURRENT);
    page(1, "token-of-2");
    done(2, "c", "3", EVC_SETTLED_GONE);
    reopen();
    ck_assert(found);
    ck_assert_int_eq(found_run.ended_ms, -1);
    ck_assert_mem_eq(&found_run, &run, sizeof(run));
    ck_assert_uint_eq(evc_kube_journal_pages(j), 1);
    ck_assert_str_eq(evc_kube_journal_ns(j), "ns");
    ck_assert(evc_view_is_text(evc_kube_journal_token(j), "token-of-2"));
    ck_assert(!has("a") && has("b") && has("c") && !has("d"));
    evc_kube_journal_close(j);
}
END_TEST

START_TEST(a_run_that_goes_on_with_smaller_pages_keeps_what_is_behind_them)
{
    begin();
    done(1, "a", "1", EVC_SETTLED_CURRENT);
    done(1, "b", "2", EVC_SETTLED_CURRENT);
    done(1, "c", "3", EVC_SETTLED_CURRENT);
    page_up_to(1, "t", "ns/b");
    ck_assert(!has("a") && !has("b") && has("c"));
    reopen();
    ck_assert(evc_view_is_text(evc_kube_journal_reached(j), "ns/b"));
    ck_assert(!has("a") && !has("b") && has("c"));
    evc_kube_journal_close(j);
}
END_TEST

START_TEST(a_resumed_run_writes_on)
{
    begin();
    done(1, "a", "1", EVC_SETTLED_REWRITTEN);
    reopen();
    done(1, "b", "2", EVC_SETTLED_REWRITTEN);
    page(1, "t");
    reopen();
    ck_assert_uint_eq(found_run.counts[EVC_SETTLED_REWRITTEN], 2);
    ck_assert(evc_view_is_text(evc_kube_journal_token(j), "t"));
    evc_kube_journal_close(j);
}
END_TEST

START_TEST(a_finished_run_leaves_its_summary)
{
    begin();
    done(1, "a", "1", EVC_SETTLED_REWRITTEN);
    end();
    reopen();
    ck_assert(found);
    ck_assert_mem_eq(&found_run, &run, sizeof(run));
    ck_assert_mem_eq(evc_kube_journal_shown(j), &run, sizeof(run));
    ck_assert_mem_eq(evc_kube_journal_ended(j), &run, sizeof(run));
    ck_assert(!has("a"));
    evc_kube_journal_close(j);
}
END_TEST

START_TEST(a_run_that_showed_something_is_kept_beside_a_later_one_that_did_not)
{
    evc_kube_run first;

    begin();
    done(1, "a", "1", EVC_SETTLED_REWRITTEN);
    end();
    first = run;
    evc_kube_run_init(&run);
    run.mode = ENVCRYPT_REENCRYPT_REWRITE;
    run.began_ms = first.ended_ms + 1;
    EVC_CHECK_OK(evc_kube_journal_begin(j, &run, NULL));
    done(1, "a", "1", EVC_SETTLED_CURRENT);
    reopen();
    ck_assert_int_eq(found_run.ended_ms, -1);
    ck_assert_mem_eq(evc_kube_journal_shown(j), &first, sizeof(first));
    end();
    reopen();
    ck_assert_mem_eq(evc_kube_journal_shown(j), &first, sizeof(first));
    ck_assert_mem_eq(evc_kube_journal_ended(j), &run, sizeof(run));
    evc_kube_journal_close(j);
}
END_TEST

START_TEST(a_new_run_drops_an_interrupted_one)
{
    begin();
    done(1, "a", "1", EVC_SETTLED_REWRITTEN);
    page(1, "old");
    evc_kube_run_init(&run);
    run.mode = ENVCRYPT_REENCRYPT_ANNOTATE;
    EVC_CHECK_OK(evc_kube_journal_begin(j, &run, NULL));
    reopen();
    ck_assert_mem_eq(&found_run, &run, sizeof(run));
    ck_assert_uint_eq(evc_kube_journal_token(j).size, 0);
    ck_assert_uint_eq(evc_kube_journal_pages(j), 0);
    evc_kube_journal_close(j);
}
END_TEST

START_TEST(the_file_is_private)
{
    struct stat found_file;

    begin();
    ck_assert_int_eq(stat(evc_folder_path("journal"), &found_file), 0);
    ck_assert_uint_eq(found_file.st_mode & 07777u, 0600);
    evc_kube_journal_close(j);
}
END_TEST

START_TEST(the_file_stays_small_and_whole)
{
    struct stat found_file;
    char name[32];

    begin();
    for (int p = 1; p <= 60; p++) {
        for (int i = 0; i < 100; i++) {
            (void)snprintf(name, sizeof(name), "object-%d-%d", p, i);
            done((uint64_t)p + (i >= 90), name, "17", EVC_SETTLED_REWRITTEN);
        }
        page((uint64_t)p, "token");
    }
    ck_assert_int_eq(stat(evc_folder_path("journal"), &found_file), 0);
    ck_assert_int_lt(found_file.st_size, 700000);
    reopen();
    ck_assert_mem_eq(&found_run, &run, sizeof(run));
    ck_assert_uint_eq(evc_kube_journal_pages(j), 60);
    ck_assert(has("object-60-95") && !has("object-60-5"));
    evc_kube_journal_close(j);
}
END_TEST

/* --- readings --- */

static void
read_at(int64_t read_ms, int64_t since_ms)
{
    evc_kube_reading reading = {.read_ms = read_ms, .next_ms = -1, .complete = true};

    reading.kind_count = 1;
    reading.dek_count = EVC_READING_DEKS;
    EVC_CHECK_OK(evc_kube_journal_keep_reading(j, &reading, since_ms, NULL));
}

static int64_t
read_before(int64_t since_ms)
{
    const evc_kube_reading *reading = evc_kube_journal_read_before(j, since_ms);

    return reading ? reading->read_ms : -1;
}

START_TEST(a_reading_is_kept_where_there_is_no_run)
{
    EVC_CHECK_OK(open_as(&id, NULL));
    read_at(100, -1);
    reopen();
    ck_assert(!found);
    ck_assert_int_eq(read_before(101), 100);
    ck_assert_int_eq(read_before(100), -1);
    ck_assert_uint_eq(evc_kube_journal_read_before(j, 101)->dek_count,
                      EVC_READING_DEKS);
    evc_kube_journal_close(j);
}
END_TEST

START_TEST(readings_are_kept_through_later_runs)
{
    EVC_CHECK_OK(open_as(&id, NULL));
    read_at(100, -1);
    read_at(200, 150);
    EVC_CHECK_OK(evc_kube_journal_begin(j, &run, NULL));
    done(1, "a", "1", EVC_SETTLED_REWRITTEN);
    end();
    reopen();
    ck_assert_int_eq(read_before(200), 100);
    ck_assert_int_eq(read_before(201), 200);
    ck_assert_int_eq(evc_kube_journal_read_before(j, 201)->next_ms, run.began_ms);
    evc_kube_journal_close(j);
}
END_TEST

START_TEST(a_run_before_a_reading_is_none_after_it)
{
    begin();
    end();
    read_at(run.ended_ms + 1, -1);
    reopen();
    ck_assert_int_eq(evc_kube_journal_read_before(j, INT64_MAX)->next_ms, -1);
    evc_kube_journal_close(j);
}
END_TEST

START_TEST(an_interrupted_run_may_go_on_after_a_reading)
{
    begin();
    done(1, "a", "1", EVC_SETTLED_REWRITTEN);
    reopen();
    read_at(run.began_ms + 7, -1);
    reopen();
    ck_assert(found && has("a"));
    ck_assert_mem_eq(&found_run, &run, sizeof(run));
    ck_assert_int_eq(evc_kube_journal_read_before(j, INT64_MAX)->next_ms,
                     run.began_ms + 7);
    evc_kube_journal_close(j);
}
END_TEST

/* --- what a verification showed --- */

/* Of a verification that began ms after the run. */
static evc_kube_run
seen_after(int64_t ms)
{
    evc_kube_run seen;

    evc_kube_run_init(&seen);
    seen.mode = ENVCRYPT_REENCRYPT_REWRITE;
    seen.began_ms = run.began_ms + ms;
    seen.ended_ms = seen.began_ms + 1;
    seen.shown = true;
    (void)snprintf(seen.baseline, sizeof(seen.baseline), "2000");
    return seen;
}

static void
show(const evc_kube_run *seen, int64_t since_ms)
{
    EVC_CHECK_OK(evc_kube_journal_show(j, seen, since_ms, NULL));
    reopen();
}

START_TEST(an_inverted_run_that_an_older_program_kept_showed_nothing)
{
    static evc_journal_line line;
    uint8_t sum[EVC_JOURNAL_SUM] = {0};
    evc_buf out;

    evc_buf_init(&out);
    line = (evc_journal_line){.kind = EVC_JOURNAL_HEAD, .id = id, .version = 1};
    EVC_CHECK_OK(evc_journal_line_write(crypto, &line, sum, &out, NULL));
    line = (evc_journal_line){.kind = EVC_JOURNAL_SHOWN};
    line.run = seen_after(0);
    line.run.inverted = true;
    EVC_CHECK_OK(evc_journal_line_write(crypto, &line, sum, &out, NULL));
    evc_buf_put_u8(&out, 0);
    evc_folder_put("journal", (const char *)out.data, 0600);
    evc_buf_reset(&out);
    EVC_CHECK_OK(open_as(&id, NULL));
    ck_assert_ptr_null(evc_kube_journal_shown(j));
    evc_kube_journal_close(j);
}
END_TEST

START_TEST(what_a_verification_showed_counts_for_the_run_after_the_change)
{
    evc_kube_run seen = seen_after(5000);

    begin();
    end();
    show(&seen, run.began_ms);
    ck_assert_str_eq(evc_kube_journal_shown(j)->baseline, run.baseline);
    ck_assert_int_eq(evc_kube_journal_shown(j)->began_ms, run.began_ms);
    ck_assert(evc_kube_journal_ended(j)->shown);
    evc_kube_journal_close(j);
}
END_TEST

START_TEST(a_verification_leaves_an_interrupted_run_where_it_is)
{
    evc_kube_run seen = seen_after(5000);

    begin();
    done(1, "a", "1", EVC_SETTLED_REWRITTEN);
    page(1, "token");
    done(2, "b", "2", EVC_SETTLED_CURRENT);
    reopen();
    show(&seen, 0);
    ck_assert(found);
    ck_assert_mem_eq(&found_run, &run, sizeof(run));
    ck_assert(evc_view_is_text(evc_kube_journal_token(j), "token"));
    ck_assert(has("b"));
    ck_assert_mem_eq(evc_kube_journal_shown(j), &seen, sizeof(seen));
    evc_kube_journal_close(j);
}
END_TEST

/* --- versions --- */

/* The file with a right checksum for each line, of texts without their last brace. */
static void
write_sealed(const char *const *members, size_t count)
{
    uint8_t sum[EVC_JOURNAL_SUM] = {0};
    uint8_t digest[32];
    evc_buf out;

    evc_buf_init(&out);
    for (size_t i = 0; i < count; i++) {
        evc_view parts[] = {evc_view_of(sum, sizeof(sum)), evc_view_text(members[i])};

        EVC_CHECK_OK(evc_digest(crypto, EVC_SHA256, parts, 2, digest, NULL));
        memcpy(sum, digest, sizeof(sum));
        evc_buf_put_text(&out, members[i]);
        evc_buf_put_text(&out, ",\"sum\":\"");
        evc_encode_hex(&out, evc_view_of(sum, sizeof(sum)));
        evc_buf_put_text(&out, "\"}\n");
    }
    evc_buf_put_u8(&out, 0);
    evc_folder_put("journal", (const char *)out.data, 0600);
    evc_buf_reset(&out);
}

#define HEAD(version)                                      \
    "{\"journal\":{\"version\":" version ",\"cluster\":"   \
    "\"uid-of-the-cluster\",\"resource\":\"/v1/secrets\"," \
    "\"selection\":\"all\"}"
#define READ(ms)                                                      \
    "{\"read\":{\"read_ms\":" ms ",\"next_ms\":-1,\"complete\":true," \
    "\"kinds\":[],\"deks\":[]}"

START_TEST(a_journal_of_the_first_version_is_read)
{
    static const char *const lines[] = {HEAD("1")};

    write_sealed(lines, 1);
    EVC_CHECK_OK(open_as(&id, NULL));
    ck_assert(!found);
    evc_kube_journal_close(j);
}
END_TEST

static bool
begins_with(const char *text)
{
    char bytes[64] = "";
    FILE *file = fopen(evc_folder_path("journal"), "re");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_gt(fread(bytes, 1, sizeof(bytes) - 1, file), 0);
    (void)fclose(file);
    return strncmp(bytes, text, strlen(text)) == 0;
}

START_TEST(without_a_reading_it_is_written_so_that_older_programs_read_it)
{
    begin();
    ck_assert(begins_with("{\"journal\":{\"version\":1,"));
    read_at(100, -1);
    ck_assert(begins_with("{\"journal\":{\"version\":2,"));
    evc_kube_journal_close(j);
}
END_TEST

START_TEST(a_journal_of_a_later_version_is_refused_as_one)
{
    static const char *const lines[] = {HEAD("3")};
    evc_error *err = NULL;

    write_sealed(lines, 1);
    EVC_CHECK_CODE(open_as(&id, &err), ENVCRYPT_E_JOURNAL);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "later version"));
    evc_error_free(err);
}
END_TEST

START_TEST(two_readings_are_taken_and_no_third)
{
    static const char *const lines[] = {HEAD("2"), READ("1"), READ("2"), READ("3")};

    write_sealed(lines, 3);
    EVC_CHECK_OK(open_as(&id, NULL));
    ck_assert_int_eq(read_before(3), 2);
    evc_kube_journal_close(j);
    write_sealed(lines, 4);
    EVC_CHECK_CODE(open_as(&id, NULL), ENVCRYPT_E_JOURNAL);
}
END_TEST

START_TEST(a_reading_in_the_first_version_is_refused)
{
    static const char *const lines[] = {HEAD("1"), READ("1")};

    write_sealed(lines, 2);
    EVC_CHECK_CODE(open_as(&id, NULL), ENVCRYPT_E_JOURNAL);
}
END_TEST

/* --- what is refused --- */

static void
refused_as(const evc_kube_run_id *other, const char *word)
{
    evc_error *err = NULL;

    EVC_CHECK_CODE(open_as(other, &err), ENVCRYPT_E_JOURNAL_OTHER);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), word));
    evc_error_free(err);
}

START_TEST(a_journal_of_something_else_is_refused)
{
    const evc_kube_run_id cluster = {"another", id.resource, id.selection};
    const evc_kube_run_id resource = {id.cluster_id, "/v1/configmaps", id.selection};
    const evc_kube_run_id selection = {id.cluster_id, id.resource, "namespaces=a"};

    begin();
    evc_kube_journal_close(j);
    refused_as(&cluster, "cluster");
    refused_as(&resource, "resource");
    refused_as(&selection, "selection");
}
END_TEST

START_TEST(another_run_does_not_get_it)
{
    evc_kube_journal *first;

    begin();
    first = j;
    EVC_CHECK_CODE(open_as(&id, NULL), ENVCRYPT_E_FILE_BUSY);
    evc_kube_journal_close(first);
    EVC_CHECK_OK(open_as(&id, NULL));
    evc_kube_journal_close(j);
}
END_TEST

START_TEST(a_file_of_somebody_else_is_not_taken)
{
    evc_folder_put("journal", "dear diary", 0600);
    EVC_CHECK_CODE(open_as(&id, NULL), ENVCRYPT_E_JOURNAL);
    evc_folder_put("journal", "dear diary\n", 0600);
    EVC_CHECK_CODE(open_as(&id, NULL), ENVCRYPT_E_JOURNAL);
}
END_TEST

START_TEST(an_empty_file_is_a_new_journal)
{
    evc_folder_put("journal", "", 0600);
    EVC_CHECK_OK(open_as(&id, NULL));
    ck_assert(!found);
    evc_kube_journal_close(j);
}
END_TEST

START_TEST(a_file_that_others_can_read_is_refused)
{
    evc_folder_put("journal", "", 0644);
    EVC_CHECK_CODE(open_as(&id, NULL), ENVCRYPT_E_FILE_TOO_OPEN);
}
END_TEST

/* It could say that all is done and proven. Only root can make one here. */
START_TEST(a_journal_of_another_user_is_refused)
{
    begin();
    evc_kube_journal_close(j);
    j = NULL;
    if (geteuid() != 0)
        return;
    ck_assert_int_eq(chown(evc_folder_path("journal"), NOBODY, NOBODY), 0);
    EVC_CHECK_CODE(open_as(&id, NULL), ENVCRYPT_E_FILE_TOO_OPEN);
}
END_TEST

/* --- damage --- */

static size_t
slurp(char *out, size_t size)
{
    FILE *file = fopen(evc_folder_path("journal"), "re");
    size_t got;

    ck_assert_ptr_nonnull(file);
    got = fread(out, 1, size, file);
    (void)fclose(file);
    ck_assert_uint_lt(got, size);
    return got;
}

static void
spill(const char *bytes, size_t size)
{
    FILE *file = fopen(evc_folder_path("journal"), "we");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    (void)fclose(file);
}

static size_t
make_file(char *out, size_t size)
{
    begin();
    done(1, "a", "1", EVC_SETTLED_REWRITTEN);
    page(1, "t");
    done(2, "b", "2", EVC_SETTLED_CURRENT);
    evc_kube_journal_close(j);
    return slurp(out, size);
}

/* How many whole lines there are. */
static int
lines_in(const char *bytes, size_t size)
{
    int lines = 0;

    for (size_t i = 0; i < size; i++)
        lines += bytes[i] == '\n';
    return lines;
}

START_TEST(a_tail_that_is_torn_anywhere_is_dropped)
{
    static char whole[8192];
    size_t size = make_file(whole, sizeof(whole));

    ck_assert_int_eq(lines_in(whole, size), 5);
    for (size_t cut = 1; cut <= size; cut++) {
        int lines = lines_in(whole, cut);

        spill(whole, cut);
        if (lines == 0) { /* the head comes with the file, or not at all */
            EVC_CHECK_CODE(open_as(&id, NULL), ENVCRYPT_E_JOURNAL);
            continue;
        }
        EVC_CHECK_OK(open_as(&id, NULL));
        ck_assert(found == (lines >= 2));
        ck_assert(has("a") == (lines == 3));
        ck_assert(has("b") == (lines == 5));
        evc_kube_journal_close(j);
    }
}
END_TEST

START_TEST(behind_a_torn_tail_it_goes_on)
{
    static char whole[8192];
    size_t size = make_file(whole, sizeof(whole));

    spill(whole, size - 7);
    EVC_CHECK_OK(open_as(&id, NULL));
    done(2, "c", "3", EVC_SETTLED_CURRENT);
    reopen();
    ck_assert(!has("b") && has("c"));
    evc_kube_journal_close(j);
}
END_TEST

START_TEST(a_bit_that_is_flipped_anywhere_is_refused)
{
    static char whole[8192];
    size_t size = make_file(whole, sizeof(whole));

    for (size_t i = 0; i < size; i++) {
        whole[i] = (char)(whole[i] ^ (1 << i % 7));
        spill(whole, size);
        if (i == size - 1) { /* its end is the last line's: as a torn tail */
            EVC_CHECK_OK(open_as(&id, NULL));
            ck_assert(!has("b"));
            evc_kube_journal_close(j);
        } else {
            EVC_CHECK_CODE(open_as(&id, NULL), ENVCRYPT_E_JOURNAL);
        }
        whole[i] = (char)(whole[i] ^ (1 << i % 7));
    }
}
END_TEST

START_TEST(lines_that_are_missing_doubled_or_exchanged_are_refused)
{
    static char whole[8192];
    static char other[16384];
    size_t size = make_file(whole, sizeof(whole));
    size_t head = (size_t)(strchr(whole, '\n') - whole) + 1;
    size_t begun = (size_t)(strchr(&whole[head], '\n') - whole) + 1;

    memcpy(other, whole, head);
    memcpy(&other[head], &whole[begun], size - begun);
    spill(other, head + size - begun);
    EVC_CHECK_CODE(open_as(&id, NULL), ENVCRYPT_E_JOURNAL);
    memcpy(other, whole, begun);
    memcpy(&other[begun], &whole[head], size - head);
    spill(other, begun + size - head);
    EVC_CHECK_CODE(open_as(&id, NULL), ENVCRYPT_E_JOURNAL);
    spill(&whole[head], size - head);
    EVC_CHECK_CODE(open_as(&id, NULL), ENVCRYPT_E_JOURNAL);
}
END_TEST

/* --- trouble --- */

START_TEST(a_full_disk_has_its_code_and_spoils_nothing)
{
    evc_kube_object object = object_of("ns", "b", "2");

    begin();
    done(1, "a", "1", EVC_SETTLED_REWRITTEN);
    evc_io_reset();
    evc_io_fail("write", 0, ENOSPC);
    EVC_CHECK_CODE(evc_kube_journal_done(j, 1, &object, EVC_SETTLED_REWRITTEN, NULL),
                   ENVCRYPT_E_NO_SPACE);
    evc_io_reset();
    reopen();
    ck_assert(has("a") && !has("b"));
    done(1, "b", "2", EVC_SETTLED_REWRITTEN);
    reopen();
    ck_assert(has("b"));
    evc_kube_journal_close(j);
}
END_TEST

START_TEST(half_a_line_on_a_full_disk_is_taken_back)
{
    evc_kube_object object = object_of("ns", "b", "2");

    begin();
    done(1, "a", "1", EVC_SETTLED_REWRITTEN);
    evc_io_reset();
    evc_io_short(10);
    evc_io_fail("write", 3, ENOSPC);
    EVC_CHECK_CODE(evc_kube_journal_done(j, 1, &object, EVC_SETTLED_REWRITTEN, NULL),
                   ENVCRYPT_E_NO_SPACE);
    evc_io_reset();
    done(1, "c", "3", EVC_SETTLED_REWRITTEN);
    reopen();
    ck_assert(has("a") && !has("b") && has("c"));
    evc_kube_journal_close(j);
}
END_TEST

START_TEST(a_page_is_on_the_disk_when_it_is_settled_and_an_object_need_not_be)
{
    begin();
    evc_io_reset();
    done(1, "a", "1", EVC_SETTLED_REWRITTEN);
    ck_assert_ptr_null(strstr(evc_io_trace(), "fsync"));
    page(1, "t");
    ck_assert_ptr_nonnull(strstr(evc_io_trace(), "fsync"));
    evc_kube_journal_close(j);
}
END_TEST

static int
use(void *unused)
{
    evc_kube_object object = object_of("ns", "a", "1");
    evc_kube_reading reading = {.read_ms = 1, .kind_count = 2, .dek_count = 3};
    evc_kube_journal *made = NULL;
    int rc = evc_kube_journal_open(crypto, evc_folder_path("journal"), &id, &made,
                                   &found_run, &found, NULL);

    (void)unused;
    if (!rc)
        rc = evc_kube_journal_begin(made, &run, NULL);
    if (!rc)
        rc = evc_kube_journal_done(made, 2, &object, EVC_SETTLED_CURRENT, NULL);
    if (!rc)
        rc = evc_kube_journal_page(made, 1, "ns", evc_view_text("t"),
                                   evc_view_text("ns/r"), &run, NULL);
    if (!rc)
        rc = evc_kube_journal_keep_reading(made, &reading, -1, NULL);
    evc_kube_journal_close(made);
    if (!rc)
        rc = evc_kube_journal_open(crypto, evc_folder_path("journal"), &id, &made,
                                   &found_run, &found, NULL);
    if (!rc)
        evc_kube_journal_close(made);
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    ck_assert_uint_gt(evc_alloc_sweep(use, NULL), 10);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const kept[] = {
        a_new_journal_has_nothing,
        an_interrupted_run_goes_on_where_it_was,
        a_run_that_goes_on_with_smaller_pages_keeps_what_is_behind_them,
        a_resumed_run_writes_on,
        a_finished_run_leaves_its_summary,
        a_run_that_showed_something_is_kept_beside_a_later_one_that_did_not,
        a_new_run_drops_an_interrupted_one,
        the_file_is_private,
        the_file_stays_small_and_whole,
        NULL};
    const TTest *const showed[] = {
        an_inverted_run_that_an_older_program_kept_showed_nothing,
        what_a_verification_showed_counts_for_the_run_after_the_change,
        a_verification_leaves_an_interrupted_run_where_it_is, NULL};
    const TTest *const readings[] = {
        a_reading_is_kept_where_there_is_no_run,
        readings_are_kept_through_later_runs,
        a_run_before_a_reading_is_none_after_it,
        an_interrupted_run_may_go_on_after_a_reading,
        a_journal_of_the_first_version_is_read,
        without_a_reading_it_is_written_so_that_older_programs_read_it,
        a_journal_of_a_later_version_is_refused_as_one,
        two_readings_are_taken_and_no_third,
        a_reading_in_the_first_version_is_refused,
        NULL};
    const TTest *const refused[] = {
        a_journal_of_something_else_is_refused,
        another_run_does_not_get_it,
        a_file_of_somebody_else_is_not_taken,
        an_empty_file_is_a_new_journal,
        a_file_that_others_can_read_is_refused,
        a_journal_of_another_user_is_refused,
        a_tail_that_is_torn_anywhere_is_dropped,
        behind_a_torn_tail_it_goes_on,
        a_bit_that_is_flipped_anywhere_is_refused,
        lines_that_are_missing_doubled_or_exchanged_are_refused,
        NULL};
    const TTest *const trouble[] = {
        a_full_disk_has_its_code_and_spoils_nothing,
        half_a_line_on_a_full_disk_is_taken_back,
        a_page_is_on_the_disk_when_it_is_settled_and_an_object_need_not_be,
        survives_any_failed_allocation, NULL};

    add_case(suite, "kept", kept);
    add_case(suite, "showed", showed);
    add_case(suite, "readings", readings);
    add_case(suite, "refused", refused);
    add_case(suite, "trouble", trouble);
}

EVC_TEST_MAIN("journal", add_tests)
