/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wycheproof FILE… reads files of test vectors of the project Wycheproof (C2SP) and holds
 * lib/crypto against them. It has no cryptography of its own.
 *
 * A valid case passes when it is accepted with the right output, an invalid one when it is
 * not accepted, an acceptable one either way. A valid case of AES-GCM also passes when its IV
 * has another length than 96 bits, which the library refuses. Cases that need an algorithm
 * that the library has not, or an RSA key of less than 2,048 bits, are skipped and counted; a
 * file of nothing else is an unknown one.
 *
 * Exit status: 0, 1 when a case failed, 2 when a file was unreadable or unknown.
 */
#include <stdio.h>
#include <string.h>

#include "crypto/digest.h"
#include "wycheproof.h"

#define EXIT_FAILED 1
#define EXIT_UNKNOWN 2

static const struct algorithm {
    const char *schema; /* without _v1.json */
    const char *name;
    wp_runner run;
    int variant;
} algorithms[] = {
    {"aead_test_schema", "AES-GCM", wp_run_gcm, 0},
    {"aead_test_schema", "CHACHA20-POLY1305", wp_run_chacha, 12},
    {"aead_test_schema", "XCHACHA20-POLY1305", wp_run_chacha, 24},
    {"keywrap_test_schema", "AES-WRAP", wp_run_keywrap, false},
    {"keywrap_test_schema", "AES-KW", wp_run_keywrap, false},
    {"keywrap_test_schema", "KW", wp_run_keywrap, false},
    {"keywrap_test_schema", "AES-KWP", wp_run_keywrap, true},
    {"keywrap_test_schema", "KWP", wp_run_keywrap, true},
    {"mac_test_schema", "AES-CMAC", wp_run_cmac, 0},
    {"mac_test_schema", "HMACSHA256", wp_run_hmac, EVC_SHA256},
    {"mac_test_schema", "HMACSHA384", wp_run_hmac, EVC_SHA384},
    {"mac_test_schema", "HMACSHA512", wp_run_hmac, EVC_SHA512},
    {"hkdf_test_schema", "HKDF-SHA-256", wp_run_hkdf, EVC_SHA256},
    {"hkdf_test_schema", "HKDF-SHA-384", wp_run_hkdf, EVC_SHA384},
    {"hkdf_test_schema", "HKDF-SHA-512", wp_run_hkdf, EVC_SHA512},
    {"ecdsa_verify_schema", "ECDSA", wp_run_ecdsa, 0},
    {"rsaes_oaep_decrypt_schema", "RSAES-OAEP", wp_run_oaep, 0},
};

typedef struct counts {
    size_t passed;
    size_t failed;
    size_t ruled_out; /* of the passed: valid, but refused for the IV */
    size_t skipped;
} counts;

static const char *
string_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : "";
}

static const struct algorithm *
find_algorithm(const json_t *file)
{
    const char *schema = string_of(file, "schema");
    const char *name = string_of(file, "algorithm");

    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++) {
        const struct algorithm *a = &algorithms[i];

        if (strcmp(a->name, name) == 0 &&
            strncmp(a->schema, schema, strlen(a->schema)) == 0)
            return a;
    }
    return NULL;
}

static const char *
name_of(wp_verdict verdict)
{
    static const char *const names[] = {
        [WP_ACCEPTED] = "accepted", [WP_REJECTED] = "rejected",
        [WP_RULED_OUT] = "refused", [WP_WRONG] = "given a wrong output or an error",
        [WP_UNKNOWN] = "unknown",
    };

    return names[verdict];
}

static bool
passes(const char *result, wp_verdict verdict)
{
    if (verdict == WP_WRONG)
        return false;
    if (strcmp(result, "valid") == 0)
        return verdict == WP_ACCEPTED || verdict == WP_RULED_OUT;
    if (strcmp(result, "invalid") == 0)
        return verdict != WP_ACCEPTED;
    return strcmp(result, "acceptable") == 0;
}

/* false when the case is not of the schema's form. */
static bool
run_case(const struct algorithm *a, wp_case *c, const char *path, counts *sum)
{
    const char *result = string_of(c->test, "result");
    const json_t *id = json_object_get(c->test, "tcId");
    wp_verdict verdict = a->run(c);

    wp_release(c);
    if (c->malformed || !json_is_integer(id) || !*result)
        return false;
    if (verdict == WP_UNKNOWN) {
        sum->skipped++;
    } else if (passes(result, verdict)) {
        sum->passed++;
        if (verdict == WP_RULED_OUT && strcmp(result, "valid") == 0)
            sum->ruled_out++;
    } else {
        sum->failed++;
        printf("%s: case %lld (%s) is %s, but was %s\n", path,
               (long long)json_integer_value(id), string_of(c->test, "comment"), result,
               name_of(verdict));
    }
    return true;
}

static bool
run_groups(const struct algorithm *a, evc_crypto *crypto, const json_t *file,
           const char *path, counts *sum)
{
    const json_t *announced = json_object_get(file, "numberOfTests");
    size_t seen = 0;
    size_t g;
    json_t *group;

    json_array_foreach(json_object_get(file, "testGroups"), g, group)
    {
        size_t t;
        json_t *test;

        json_array_foreach(json_object_get(group, "tests"), t, test)
        {
            wp_case c = {
                .crypto = crypto, .group = group, .test = test, .variant = a->variant};

            if (!run_case(a, &c, path, sum))
                return false;
            seen++;
        }
    }
    return seen > 0 && json_is_integer(announced) &&
           (json_int_t)seen == json_integer_value(announced);
}

/* Adds to the totals. false when the file could not be used. */
static bool
run_file(evc_crypto *crypto, const char *path, counts *total)
{
    json_error_t error;
    json_t *file = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    const struct algorithm *a = find_algorithm(file);
    counts sum = {0};
    const char *problem = NULL;

    if (!file)
        problem = error.text;
    else if (!a)
        problem = "this schema or algorithm is unknown";
    else if (!run_groups(a, crypto, file, path, &sum))
        problem = "the file does not have the form of its schema, or is cut short";
    else if (sum.passed + sum.failed == 0)
        problem = "all cases need an algorithm or key size that the library has not";
    if (problem)
        printf("%s: %s\n", path, problem);
    if (sum.ruled_out > 0)
        printf(
            "%s: %zu valid cases were refused for their IV, which counts as passed\n",
            path, sum.ruled_out);
    if (sum.skipped > 0 && !problem)
        printf("%s: %zu cases were skipped, the library has not their algorithm or key "
               "size\n",
               path, sum.skipped);
    total->passed += sum.passed;
    total->failed += sum.failed;
    json_decref(file);
    return problem == NULL;
}

static int
run_files(evc_crypto *crypto, int count, char **paths)
{
    counts total = {0};
    bool readable = true;

    for (int i = 0; i < count; i++)
        readable = run_file(crypto, paths[i], &total) && readable;
    printf("%zu passed, %zu failed\n", total.passed, total.failed);
    if (!readable)
        return EXIT_UNKNOWN;
    return total.failed > 0 ? EXIT_FAILED : 0;
}

int
main(int argc, char **argv)
{
    evc_env *env = NULL;
    evc_crypto *crypto = NULL;
    int status;

    if (argc < 2 || argv[1][0] == '-') {
        fprintf(stderr, "usage: wycheproof FILE...\n");
        return EXIT_UNKNOWN;
    }
    if (evc_env_open(EVC_ARENA_LIMIT, false, NULL, NULL, &env, NULL) ||
        evc_crypto_open(env, &crypto, NULL)) {
        fprintf(stderr, "wycheproof: the library could not be opened\n");
        evc_env_unref(env);
        return EXIT_UNKNOWN;
    }
    status = run_files(crypto, argc - 1, &argv[1]);
    evc_crypto_unref(crypto);
    evc_env_unref(env);
    return status;
}
