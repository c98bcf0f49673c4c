from trustlab.store.remote_faults import explained, words

OPTIONS = {"key": "AKID", "client_kwargs": {"aws_session_token": "hush"}, "endpoint_url": "http://ann:hash@host"}


def test_what_a_library_says_is_repeated_without_secrets():
    said = words(OSError("AKID with hush at http://ann:hash@host:9000/x?X-Amz-Signature=hish\nmore"), OPTIONS)
    assert said == "*** with *** at http://ann:***@host:9000/x?X-Amz-Signature=***"
    assert words(OSError("hash, as in the option"), OPTIONS) == "***, as in the option"
    assert words(TimeoutError(), OPTIONS) == "TimeoutError"


def test_the_place_is_named_without_secrets():
    error = explained(OSError("no route"), "s3://ann:hush@bucket/x?token=hush", OPTIONS)
    assert "s3://ann:***@bucket/x?token=***" in error.message
    assert "hush" not in f"{error.message} {error.hint}"
