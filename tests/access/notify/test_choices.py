"""What people choose to be told of."""

from access.models import Channel, MutedTopic, Topic
from access.notify import choices


def muted(user):
    return choices.muted(user, channel=Channel.EMAIL)


def test_everybody_is_told_everything_until_they_choose(jon):
    assert muted(jon) == set()


def test_a_choice_replaces_the_one_before(jon):
    choices.choose(jon, channel=Channel.EMAIL, mute={"own", "reminders"})
    assert muted(jon) == {"own", "reminders"}
    choices.choose(jon, channel=Channel.EMAIL, mute={"reminders"})
    choices.choose(jon, channel=Channel.EMAIL, mute={"reminders"})
    assert muted(jon) == {"reminders"}


def test_a_choice_of_one_is_not_that_of_another(jon, adam):
    choices.choose(jon, channel=Channel.EMAIL, mute={"own"})
    assert muted(adam) == set()


def test_only_admins_choose_whether_to_hear_of_trouble(jon, olga):
    assert Topic.TROUBLE not in choices.topics(jon)
    assert Topic.TROUBLE in choices.topics(olga)
    choices.choose(jon, channel=Channel.EMAIL, mute={"trouble", "nonsense"})
    assert not MutedTopic.objects.exists()


def test_what_an_admin_chose_comes_back_when_they_are_one_again(olga):
    choices.choose(olga, channel=Channel.EMAIL, mute={"trouble"})
    olga.is_superuser = False
    choices.choose(olga, channel=Channel.EMAIL, mute=set())
    assert muted(olga) == {"trouble"}
