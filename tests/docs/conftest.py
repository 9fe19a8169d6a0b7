import pytest

from demo import Demo


@pytest.fixture
def new_demo(tmp_path):
    """A factory of demos in one folder, one after the other."""
    made = []

    def make(**kw):
        made.append(Demo(tmp_path, **kw))
        return made[-1].start()

    yield make
    for d in made:
        d.stop()
