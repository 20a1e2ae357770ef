/* test_sdp_body: the session description in a body of any kind, and what one without it means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "worker/sdp.h"

static const struct {
	const char *what, *type, *body;
	int result;
	const char *sdp;
	const char *disposition, *encoding;
} bodies[] = {
    {"no type", "", "v=0\r\n", 0, "v=0\r\n", NULL, NULL},
    {"parameter", "Application/SDP; charset=utf-8", "v=0\r\n", 0, "v=0\r\n", NULL, NULL},
    {"other", "application/isup", "v=0\r\n", -EMEDIUMTYPE, NULL, NULL, NULL},
    {"other, required", "application/isup", "v=0\r\n", -EMEDIUMTYPE, NULL,
     "signal; handling=required", NULL},
    {"other, optional", "application/isup", "v=0\r\n", -ENOENT, NULL, "signal;handling=optional",
     NULL},
    {"other, optional, odd case", "application/isup", "v=0\r\n", -ENOENT, NULL,
     "signal;x=y ; Handling=OPTIONAL;z", NULL},
    {"not quite optional", "application/isup", "v=0\r\n", -EMEDIUMTYPE, NULL,
     "signal;handling=optionally", NULL},
    {"optional is no parameter", "application/isup", "v=0\r\n", -EMEDIUMTYPE, NULL,
     "handling=optional", NULL},
    {"encoded", "application/sdp", "v=0\r\n", -EMEDIUMTYPE, NULL, "session", "gzip"},
    {"encoded, optional", "application/sdp", "v=0\r\n", -ENOENT, NULL, ";handling=optional",
     "gzip"},
    {"not encoded", "application/sdp", "v=0\r\n", 0, "v=0\r\n", NULL, "Identity"},
    {"SDP, optional", "application/sdp", "v=0\r\n", 0, "v=0\r\n", "session;handling=optional",
     NULL},
    {"all parts optional", "multipart/mixed;boundary=q",
     "--q\r\nContent-Type: application/isup\r\nContent-Disposition: signal;handling=optional\r\n"
     "\r\n\1\2\r\n--q\r\nContent-Type: x/y\r\nContent-Disposition:;handling=optional\r\n"
     "\r\nz\r\n--q--\r\n",
     -ENOENT, NULL, NULL, NULL},
    {"one part required", "multipart/mixed;boundary=q",
     "--q\r\nContent-Type: application/isup\r\n\r\n\1\2\r\n--q\r\nContent-Type: x/y\r\n"
     "Content-Disposition: signal;handling=optional\r\n\r\nz\r\n--q--\r\n",
     -EMEDIUMTYPE, NULL, NULL, NULL},
    {"a required part, the whole optional", "multipart/mixed;boundary=q",
     "--q\r\nContent-Type: application/isup\r\n\r\n\1\2\r\n--q--\r\n", -ENOENT, NULL,
     ";handling=optional", NULL},
    {"a required part beside SDP", "multipart/mixed;boundary=q",
     "--q\r\nContent-Type: application/isup\r\n\r\n\1\2\r\n--q\r\nContent-Type: "
     "application/sdp\r\n\r\nv=0\r\n--q--\r\n",
     0, "v=0\r\n", NULL, NULL},
    {"an encoded part", "multipart/mixed;boundary=q",
     "--q\r\nContent-Type: application/sdp\r\nContent-Encoding: gzip\r\n\r\nv=0\r\n--q--\r\n",
     -EMEDIUMTYPE, NULL, NULL, NULL},
    {"no boundary, optional", "multipart/mixed", "--q\r\n", -ENOENT, NULL, ";handling=optional",
     NULL},
    {"empty", "application/sdp", "\r\n", -ENOENT, NULL, NULL, NULL},
    {"quoted, second part", "multipart/mixed; boundary=\"a b\"",
     "x\r\n--a b\r\nContent-Type: text/plain\r\n\r\nv=1\r\n--a b\r\ncontent-type:application/sdp"
     "\r\nX: y\r\n\r\nv=0\r\n--a b--\r\n",
     0, "v=0\r\n", NULL, NULL},
    {"not closed", "multipart/mixed;boundary=q",
     "--q\r\nContent-Type: application/sdp\r\n\r\nv=0\r\ns=-\r\n", 0, "v=0\r\ns=-\r\n", NULL, NULL},
    {"a longer boundary is another one", "multipart/mixed;boundary=q",
     "--q\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--qq\r\n--q--\r\n", 0, "v=0\r\n--qq\r\n",
     NULL, NULL},
    {"LF only", "multipart/mixed;boundary=q", "--q\nContent-Type: application/sdp\n\nv=0\n--q--\n",
     0, "v=0\n", NULL, NULL},
    {"nested", "multipart/mixed;boundary=q",
     "--q\r\nContent-Type: multipart/alternative;boundary=z\r\n\r\n--z\r\n"
     "Content-Type: application/sdp\r\n\r\nv=0\r\n--z--\r\n--q--\r\n",
     0, "v=0\r\n", NULL, NULL},
    {"a part without a type", "multipart/mixed;boundary=q", "--q\r\n\r\nv=0\r\n--q--\r\n", -ENOENT,
     NULL, NULL, NULL},
    {"behind the end", "multipart/mixed;boundary=q",
     "--q--\r\n--q\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n", -ENOENT, NULL, NULL, NULL},
    {"no boundary", "multipart/mixed", "--q\r\n", -EINVAL, NULL, NULL, NULL},
    {"empty boundary", "multipart/mixed;boundary=\"\"", "--\r\n", -EINVAL, NULL, NULL, NULL},
};

static void
test_bodies(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		const struct body body = {
		    .type = slice_str(bodies[i].type),
		    .disposition = slice_str(bodies[i].disposition ? bodies[i].disposition : ""),
		    .encoding = slice_str(bodies[i].encoding ? bodies[i].encoding : ""),
		    .bytes = slice_str(bodies[i].body),
		};
		struct slice sdp;
		int e = sdp_from_body(&body, &sdp);
		if (e != bodies[i].result)
			fail_msg("%s: got %d", bodies[i].what, e);
		if (e == 0 && !slice_eq(sdp, slice_str(bodies[i].sdp)))
			fail_msg("%s: got '%.*s'", bodies[i].what, (int)sdp.n, sdp.p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bodies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
