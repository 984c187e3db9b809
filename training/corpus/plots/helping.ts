import type { Plot } from "./plot.js";

export const ANIMAL_IN_TROUBLE: Plot = {
  name: "animal in trouble",
  subject: "animal",
  tell(story) {
    story.tell("One day, {n} went for a walk {to}.", "One morning, {he} went {to}.", "{n} liked to play {at}.");
    story.tell("There {he} heard a small sound.", "Then {he} heard a cry.", "Suddenly, there was a little noise.");
    story.tell(
      "It was {aanimal}! It was stuck {spot}.",
      "{n} looked around and saw {aanimal}. It sat {spot} and could not get out.",
      "A little {animal} was {spot}. It had hurt its leg.",
    );
    story.tell(
      '"Do not be afraid," said {n}. "I will help you."',
      '"Poor {animal}!" said {n}.',
      "The {animal} looked scared, so {n} spoke softly.",
    );
    story.tell(
      "{n} tried to help, but {he} was too small.",
      "{He} did not know what to do.",
      "{He} pulled and pulled, but it did not work.",
    );
    story.tell("So {he} ran home and told {his} {g}.", "{He} called for {his} {g}.", "{He} went to get {his} {g}.");
    story.tell(
      "Together they set the {animal} free.",
      "The two of them lifted the {animal} out with care.",
      "{n} and {his} {g} helped the {animal} with gentle hands.",
    );
    story.maybe(
      0.5,
      "They gave it some water and {food}.",
      "{n} gave it some {food} to eat.",
      "They put it on a soft blanket.",
    );
    story.tell(
      "Soon the {animal} felt better.",
      "The {animal} was happy and safe.",
      "The {animal} looked at {n} and seemed to smile.",
    );
    story.tell(
      "After that, the {animal} came to see {n} every day.",
      "From that day on, {n} and the {animal} were best friends.",
      "{n} was proud, and {his} {g} gave {him} a hug.",
    );
  },
};

export const COOKING: Plot = {
  name: "cooking",
  subject: "none",
  tell(story) {
    story.tell(
      "One day, {n} wanted to make {dish} for {his} {g}.",
      "It was the birthday of {his} {g}, and {n} wanted to make {dish}.",
      "One morning, {n} and {his} {g} wanted to make {dish}.",
    );
    story.tell(
      "{He} went into the kitchen and took out a big bowl.",
      "{He} put on a hat and washed {his} hands.",
      "{He} looked at everything in the kitchen.",
    );
    story.tell(
      "But something was not there: {missing}!",
      '"Oh no, we have no {missing}!" said {n}.',
      "{He} looked everywhere for {missing}, but found nothing.",
    );
    story.tell(
      "So {he} went to {his} friend {f}.",
      "{He} ran next door to {his} friend {f}.",
      "{He} asked a friend named {f} for help.",
    );
    story.tell('"Do you have {missing}?" {he} asked.', '"I need {missing}, please," said {n}.');
    story.tell(
      '"Yes, I do," said {f}. "Can I help you?"',
      "{f} gave {him} the {missing} and came along.",
      "{f} smiled and brought the {missing}.",
    );
    story.tell(
      "They mixed and stirred and laughed.",
      "{n} and {f} worked together.",
      "Soon the kitchen was full of good smells.",
    );
    story.maybe(0.4, "{f} got some of it on {fhis} nose, and {n} laughed.", "It was a big mess, but it was fun.");
    story.tell(
      "At last, it was ready.",
      "When it was done, they put it on the table.",
      "After a while, they were done.",
    );
    story.tell(
      '{His} {g} took a bite and said, "This is the best!"',
      "{His} {g} was so happy.",
      '"You made this for me?" asked {his} {g} with a big smile.',
    );
    story.tell(
      "They all ate together, and not one bit was left.",
      "{n}, {f} and {his} {g} ate it all up.",
      "It was a wonderful day for all of them.",
    );
  },
};

export const THE_SICK_FRIEND: Plot = {
  name: "the sick friend",
  subject: "object",
  tell(story) {
    story.tell(
      "One day, {his} friend {f} was sick.",
      "{n} had a good friend named {f}. One day, {f} was sick in bed.",
      "One morning, {his} friend {f} did not come to play. {f} was sick.",
    );
    story.tell("{f} had to stay in bed all day.", "{f} was hot and tired.", "{f} could not play outside.");
    story.tell("{n} wanted to help.", '"What can I do?" asked {n}.', "{n} missed {f} very much.");
    story.tell("{He} had an idea.", "{He} thought and thought.", '"I know!" {he} said.');
    story.tell(
      "{He} took {aobj} and went to see {f}.",
      "{He} put {aobj} in a bag and walked to the house of {f}.",
      "{He} made a card and took {his} {obj} along.",
    );
    story.tell(
      '"This {bare} is for you," said {n}.',
      '"I brought you my {bare}," {he} said.',
      "{n} gave {f} the {obj}.",
    );
    story.tell(
      "{f} sat up and smiled.",
      "{f} was so happy that {fhe} forgot to be sad.",
      '"Thank you, {n}!" said {f}.',
    );
    story.tell(
      "{n} told {fhim} funny stories and sang a song.",
      "They played with the {bare} on the bed.",
      "{n} stayed and read a book to {fhim}.",
    );
    story.tell("The next day, {f} felt much better.", "After some days, {f} was well again.", "Soon {f} could get up.");
    story.tell(
      "They went {to} together and played all day.",
      '"You are the best friend," said {f}.',
      "And then {n} and {f} played with the {bare} outside.",
    );
  },
};

export const OUT_OF_REACH: Plot = {
  name: "out of reach",
  subject: "object",
  tell(story) {
    story.tell(
      "One windy day, {his} {obj} flew up into a tree.",
      "One day, {n} threw {his} {obj} too high, and it landed in a tree.",
      "One day, {aobj} was up on the roof, and {n} wanted it.",
    );
    story.tell(
      "{n} jumped, but {he} could not reach it.",
      "It was too high for {n}.",
      "{He} stood on {his} toes, but {he} was too small.",
    );
    story.tell(
      "{He} tried a long stick, but it was too short.",
      "{He} tried to climb up, but {he} slipped.",
      "{He} threw a shoe at it, but that did not help.",
    );
    story.tell(
      "Then {his} friend {f} came by.",
      "{He} called a friend named {f}.",
      "{His} friend {f} heard {him} and came to help.",
    );
    story.tell('"Stand on my back," said {f}.', '"I have a ladder," said {f}.', '"We can do it together," said {f}.');
    story.tell("{n} climbed up with care.", "{f} held {him} so that {he} did not fall.", "Up and up went {n}.");
    story.tell(
      "{He} reached out and got the {bare}!",
      "And then {he} had the {bare} in {his} hand.",
      '"I have it!" {he} shouted, and held up the {bare}.',
    );
    story.tell("They both laughed.", "{f} cheered, and {n} came down.", '"Thank you, {f}!" said {n}.');
    story.tell(
      "Then they played with the {bare} until it was dark.",
      "{n} let {f} play with the {bare} first.",
      "After that, they went home and ate {food}.",
    );
    story.maybe(0.6, "{n} learned that two can do more than one.", "It is good to have a friend who helps.");
  },
};
