import type { Plot } from "./plot.js";

export const LOST_AND_FOUND: Plot = {
  name: "lost and found",
  subject: "object",
  tell(story) {
    story.tell(
      "{He} had {aobj} that {he} loved very much.",
      "{His} favorite toy was {aobj}.",
      "{He} took {his} {obj} everywhere.",
    );
    story.tell(
      "One day, {n} took the {bare} {to}.",
      "One morning, {n} went {to} with the {bare}.",
      "One sunny day, {he} went {to} and took the {bare} along.",
    );
    story.maybe(
      0.5,
      "{He} ran and played all day.",
      "{He} played there for a long time.",
      "It was so much fun that {he} forgot the time.",
    );
    story.tell(
      "But then the {bare} was gone!",
      "When it was time to go home, {n} could not find the {bare}.",
      "Suddenly, {he} saw that the {bare} was not there.",
    );
    story.tell(
      "{n} was very sad.",
      "{n} began to cry.",
      '"Oh no! Where is my {bare}?" said {n}.',
      "{He} felt a tear on {his} cheek.",
    );
    story.tell(
      "{He} looked {wrong}, but it was not there.",
      "First, {he} looked {wrong}. There was nothing.",
      "{He} searched {wrong}, but found only leaves.",
    );
    story.tell(
      'Then {aanimal} came by and said, "Look {spot}!"',
      '{Aanimal} saw {him} and asked, "Are you looking for something? Look {spot}."',
      '"I can help you," said {aanimal}. "I saw something {spot}."',
    );
    story.tell(
      "{n} looked {spot}, and there was the {obj}!",
      "And there it was! The {obj} lay {spot}.",
      "{He} ran to look, and {spot} {he} found the {obj}.",
    );
    story.tell(
      "{He} hugged the {bare} and thanked the {animal}.",
      '"Thank you!" said {n} to the {animal}.',
      "{n} was so happy and thanked the {animal}.",
    );
    story.tell(
      "From that day on, {n} took good care of the {bare}.",
      "{n} went home with a big smile and the {bare} in {his} hands.",
      "After that, {n} never lost the {bare} again.",
    );
  },
};

export const LOST_IN_THE_WOODS: Plot = {
  name: "lost in the woods",
  subject: "animal",
  tell(story) {
    story.tell(
      "One day, {n} saw {aanimal} and followed it.",
      "One morning, {he} walked {to} to look for {aanimal}.",
      "{n} wanted to see where the {animal} lived, so {he} walked behind it.",
    );
    story.tell("{He} walked and walked.", "{He} went farther and farther.", "{He} did not look where {he} was going.");
    story.tell(
      "Soon {n} was lost.",
      "Then {he} looked around. {He} did not know this place.",
      "It got dark, and {he} could not see the way home.",
    );
    story.tell(
      '"How do I get home?" {he} cried.',
      "{n} sat down on a stone and cried.",
      "{He} was cold and hungry and wanted to go home.",
    );
    story.tell(
      "The {animal} came back and looked at {him}.",
      "The {animal} heard {him} and came close.",
      "Then {he} heard a soft step. It was the {animal}!",
    );
    story.tell(
      '"Follow me," said the {animal}.',
      '"I know the way," the {animal} said.',
      'It seemed to say, "Come with me."',
    );
    story.tell(
      "{n} followed the {animal} past a tall tree and over a bridge.",
      "They went over the hill and through the grass.",
      "Step by step, {n} walked behind the {animal}.",
    );
    story.tell(
      "And then {he} saw the lights of {his} house.",
      "At last, {he} saw {his} own door.",
      "Soon {n} was home again.",
    );
    story.tell(
      "{His} {g} ran out and hugged {him}.",
      '"There you are!" said {his} {g}. "I was so worried."',
      "{His} {g} was so glad and held {him} tight.",
    );
    story.tell(
      "{n} gave the {animal} some {food} to say thank you.",
      "{n} waved to the {animal}, and it ran back home.",
      "After that, {n} always told {his} {g} where {he} went.",
    );
  },
};

export const THE_OWNER: Plot = {
  name: "the owner",
  subject: "object",
  tell(story) {
    story.tell(
      "One day, {n} walked {to} and found {aobj} {spot}.",
      "One day, {n} was {at}. {Spot}, {he} found {aobj}.",
      "{n} was playing {at} when {he} saw {aobj} {spot}.",
    );
    story.tell('"What a nice {bare}!" {he} said.', "{He} picked it up. It was so nice!", "{He} wanted to keep it.");
    story.tell(
      'But then {he} thought, "Someone must miss it."',
      "But it belonged to someone else.",
      '"Who lost this {bare}?" {he} asked.',
    );
    story.tell(
      "{He} asked {his} friend {f}, but it did not belong to {f}.",
      'First {he} asked a friend named {f}. "It is not mine," said {f}.',
      '{n} showed it to {his} friend {f}. "I do not know," said {f}.',
    );
    story.tell(
      "They looked for the owner together.",
      "So they went from door to door.",
      "They walked all around and asked everyone.",
    );
    story.tell(
      "Then they saw {aS}. {She_} looked sad.",
      "At last, they met {aS} who was looking for something.",
      "{AS} sat on a bench and sighed.",
    );
    story.tell(
      '"I lost my {bare}," said the {s}.',
      '"Did you see {aobj}?" asked the {s}.',
      '"I cannot find my {obj}," the {s} said.',
    );
    story.tell(
      '"Is this yours?" asked {n}.',
      '{n} held out the {bare}. "Here it is!"',
      "{n} gave the {bare} back at once.",
    );
    story.tell("The {s} was so happy.", '"Yes! Thank you!" said the {s}.', "The {s} smiled and thanked them.");
    story.tell(
      "As a thank you, the {s} gave them {food}.",
      "The {s} gave them some {food}, and they ate them on the way home.",
      "{n} and {f} went home and felt good.",
    );
    story.maybe(0.6, "{n} was glad that {he} did the right thing.", "It feels good to give things back.");
  },
};
